"""The words of messages, in every language of the pages."""

from collections.abc import Mapping

Words = Mapping[str, str]

LABELS: Mapping[str, Words] = {
    "en": {
        "cpu": "CPU", "gpu": "GPU", "memory": "memory", "swap": "swap", "disk": "disk", "load1": "load (1 min)",
        "load5": "load (5 min)", "load15": "load (15 min)", "net_in": "download", "net_out": "upload",
        "net_all": "network", "tcp": "TCP connections", "udp": "UDP connections", "processes": "processes",
        "temperature": "temperature", "transfer_in": "data received", "transfer_out": "data sent",
        "transfer_all": "data transferred", "cycle_in": "data received this cycle",
        "cycle_out": "data sent this cycle", "cycle_all": "data transferred this cycle", "loss": "packet loss",
        "latency": "latency", "certificate": "certificate expires in", "expiry": "plan ends in",
    },
    "zh": {
        "cpu": "CPU", "gpu": "GPU", "memory": "内存", "swap": "交换分区", "disk": "磁盘", "load1": "负载(1 分钟)",
        "load5": "负载(5 分钟)", "load15": "负载(15 分钟)", "net_in": "下行速度", "net_out": "上行速度",
        "net_all": "网络速度", "tcp": "TCP 连接数", "udp": "UDP 连接数", "processes": "进程数",
        "temperature": "温度", "transfer_in": "入站流量", "transfer_out": "出站流量", "transfer_all": "总流量",
        "cycle_in": "本周期入站流量", "cycle_out": "本周期出站流量", "cycle_all": "本周期总流量", "loss": "丢包率",
        "latency": "延迟", "certificate": "证书剩余有效期", "expiry": "套餐剩余时间",
    },
    "zh-TW": {
        "cpu": "CPU", "gpu": "GPU", "memory": "記憶體", "swap": "交換空間", "disk": "磁碟", "load1": "負載(1 分鐘)",
        "load5": "負載(5 分鐘)", "load15": "負載(15 分鐘)", "net_in": "下載速度", "net_out": "上傳速度",
        "net_all": "網路速度", "tcp": "TCP 連線數", "udp": "UDP 連線數", "processes": "處理程序數",
        "temperature": "溫度", "transfer_in": "接收流量", "transfer_out": "傳送流量", "transfer_all": "總流量",
        "cycle_in": "本週期接收流量", "cycle_out": "本週期傳送流量", "cycle_all": "本週期總流量", "loss": "封包遺失率",
        "latency": "延遲", "certificate": "憑證剩餘有效期", "expiry": "方案剩餘時間",
    },
    "ru": {
        "cpu": "ЦП", "gpu": "GPU", "memory": "память", "swap": "подкачка", "disk": "диск",
        "load1": "нагрузка (1 мин)", "load5": "нагрузка (5 мин)", "load15": "нагрузка (15 мин)",
        "net_in": "входящая скорость", "net_out": "исходящая скорость", "net_all": "скорость сети",
        "tcp": "TCP-соединения", "udp": "UDP-соединения", "processes": "процессы", "temperature": "температура",
        "transfer_in": "получено", "transfer_out": "отправлено", "transfer_all": "передано всего",
        "cycle_in": "получено за период", "cycle_out": "отправлено за период", "cycle_all": "передано за период",
        "loss": "потери пакетов", "latency": "задержка", "certificate": "сертификат истекает через",
        "expiry": "тариф заканчивается через",
    },
    "de": {
        "cpu": "CPU", "gpu": "GPU", "memory": "Arbeitsspeicher", "swap": "Swap", "disk": "Festplatte",
        "load1": "Last (1 Min.)", "load5": "Last (5 Min.)", "load15": "Last (15 Min.)", "net_in": "Download",
        "net_out": "Upload", "net_all": "Netzwerk", "tcp": "TCP-Verbindungen", "udp": "UDP-Verbindungen",
        "processes": "Prozesse", "temperature": "Temperatur", "transfer_in": "empfangene Daten",
        "transfer_out": "gesendete Daten", "transfer_all": "übertragene Daten",
        "cycle_in": "in diesem Zeitraum empfangen", "cycle_out": "in diesem Zeitraum gesendet",
        "cycle_all": "in diesem Zeitraum übertragen", "loss": "Paketverlust", "latency": "Latenz",
        "certificate": "Zertifikat läuft ab in", "expiry": "Vertrag endet in",
    },
}  # fmt: skip
"""What each type of condition with limits measures."""

SENTENCES: Mapping[str, Words] = {
    "en": {
        "heartbeat": "{site} evaluates its alert rules.",
        "began": "Incident", "ended": "Resolved", "reminder": "Still failing", "summary": "Summary", "test": "Test",
        "servers": "{count} servers", "monitors": "{count} monitors", "events": "{count} events in quiet hours",
        "offline": "offline, last report {time}", "down": "down, fails from every server", "since": "since {time}",
        "recovered": "recovered after {time}", "online": "back online after {time}", "up": "back up after {time}",
        "rule_changed": "no longer fails, as the rule was changed", "deleted": "was deleted",
        "to": "{what} to {monitor}", "more": "… and {count} more", "days": "{count} d", "hours": "{count} h",
        "minutes": "{count} min", "seconds": "{count} s", "certificate_over": "certificate has expired",
        "expiry_over": "plan has ended", "test_text": "This is a test message from {site}.", "incidents": "Incidents",
    },
    "zh": {
        "heartbeat": "{site} 正在评估告警规则。",
        "began": "事件", "ended": "恢复", "reminder": "仍未恢复", "summary": "汇总", "test": "测试",
        "servers": "{count} 台服务器", "monitors": "{count} 个监控", "events": "免打扰时段内 {count} 个事件",
        "offline": "离线，最后上报 {time}", "down": "不可用，所有服务器探测均失败", "since": "自 {time} 起",
        "recovered": "已恢复，持续 {time}", "online": "已重新上线，离线 {time}", "up": "已恢复可用，中断 {time}",
        "rule_changed": "规则已修改，不再触发", "deleted": "已删除", "to": "到 {monitor} 的{what}",
        "more": "… 另有 {count} 个", "days": "{count} 天", "hours": "{count} 小时", "minutes": "{count} 分钟",
        "seconds": "{count} 秒", "certificate_over": "证书已过期", "expiry_over": "套餐已到期",
        "test_text": "这是来自 {site} 的测试消息。", "incidents": "事件",
    },
    "zh-TW": {
        "heartbeat": "{site} 正在評估警報規則。",
        "began": "事件", "ended": "恢復", "reminder": "仍未恢復", "summary": "摘要", "test": "測試",
        "servers": "{count} 台伺服器", "monitors": "{count} 個監控", "events": "勿擾時段內 {count} 個事件",
        "offline": "離線，最後回報 {time}", "down": "無法使用，所有伺服器探測均失敗", "since": "自 {time} 起",
        "recovered": "已恢復，持續 {time}", "online": "已重新上線，離線 {time}", "up": "已恢復可用，中斷 {time}",
        "rule_changed": "規則已修改，不再觸發", "deleted": "已刪除", "to": "到 {monitor} 的{what}",
        "more": "… 另有 {count} 個", "days": "{count} 天", "hours": "{count} 小時", "minutes": "{count} 分鐘",
        "seconds": "{count} 秒", "certificate_over": "憑證已過期", "expiry_over": "方案已到期",
        "test_text": "這是來自 {site} 的測試訊息。", "incidents": "事件",
    },
    "ru": {
        "heartbeat": "{site} проверяет правила оповещений.",
        "began": "Инцидент", "ended": "Устранено", "reminder": "Не устранено", "summary": "Сводка", "test": "Тест",
        "servers": "серверов: {count}", "monitors": "мониторов: {count}", "events": "событий за тихие часы: {count}",
        "offline": "офлайн, последний отчёт {time}", "down": "недоступен со всех серверов", "since": "с {time}",
        "recovered": "восстановлено через {time}", "online": "снова онлайн через {time}",
        "up": "снова доступен через {time}", "rule_changed": "больше не срабатывает: правило изменено",
        "deleted": "удалено", "to": "{what} до {monitor}", "more": "… и ещё {count}", "days": "{count} д",
        "hours": "{count} ч", "minutes": "{count} мин", "seconds": "{count} с", "certificate_over": "сертификат истёк",
        "expiry_over": "тариф закончился", "test_text": "Это тестовое сообщение от {site}.", "incidents": "Инциденты",
    },
    "de": {
        "heartbeat": "{site} wertet seine Alarmregeln aus.",
        "began": "Störung", "ended": "Behoben", "reminder": "Besteht weiter", "summary": "Zusammenfassung",
        "test": "Test", "servers": "{count} Server", "monitors": "{count} Monitore",
        "events": "{count} Ereignisse während der Ruhezeit", "offline": "offline, letzte Meldung {time}",
        "down": "nicht erreichbar, von keinem Server aus", "since": "seit {time}", "recovered": "behoben nach {time}",
        "online": "wieder online nach {time}", "up": "wieder erreichbar nach {time}",
        "rule_changed": "löst nicht mehr aus, da die Regel geändert wurde", "deleted": "wurde gelöscht",
        "to": "{what} zu {monitor}", "more": "… und {count} weitere", "days": "{count} T", "hours": "{count} Std.",
        "minutes": "{count} Min.", "seconds": "{count} s", "certificate_over": "Zertifikat ist abgelaufen",
        "expiry_over": "Vertrag ist beendet", "test_text": "Dies ist eine Testnachricht von {site}.",
        "incidents": "Störungen",
    },
}  # fmt: skip
