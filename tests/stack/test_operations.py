"""README's "Deploy to AWS" and docs/operations.md, followed word for word in two emulated accounts.

Only what a reader has to fill in is filled in. The emulated AWS restores what a table holds now, whatever second it is
asked for, keeps no backup of a table that is deleted, searches logs by their time only, and knows no costs.
"""

import json
import re
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from chalicelib import VERSION
from chalicelib.fleet.limits import SECRET_CACHE_SECONDS
from infra import template
from infra.stage import TABLES
from tests.stack.copies import as_built_for
from tests.stack.emulator import EmulatedAws
from tests.stack.reader import Reader, Site, reading
from tests.stack.stack_deployment import Stack
from tests.support.documented import PROJECT, README, blocks, commands, commands_in_text

OPERATIONS = PROJECT / "docs" / "operations.md"

# All that the pages show: a block more has to be followed, too.
SHOWN = blocks(OPERATIONS)
LOGS = {
    found[1]: block
    for block in SHOWN
    if (found := re.match(r"aws logs filter-log-events --log-group-name /nezha/prod/(\S+) ", block))
}
"""The commands that show a log, by the log's last name."""
(DEPLOY, FREE, CEILING, DOMAIN, VERSIONS, BACKUP, RECOVERY, DELETED, MOVE, COSTS, CHALICE, COST) = (
    block for block in SHOWN if block not in LOGS.values()
)
NEW_PASSWORD, NEW_TOKEN, TOKENS, END_TOKEN, NEW_SECRET, NEW_EDGE_SECRET = commands_in_text(OPERATIONS, "Rotate secrets")
(README_DEPLOY,) = blocks(README, "Deploy to AWS")
EXPORT = DEPLOY.splitlines()[0]
PASSWORD = "correct horse"
ANOTHER_PASSWORD = "battery staple"


@pytest.fixture(scope="module")
def reader(emulated_aws: EmulatedAws, built: Path) -> Iterator[Reader]:
    with reading(emulated_aws, built) as reader:
        yield reader


def with_profile(reader: Reader, profile: str) -> Reader:
    """The same one in a shell where that account was chosen."""
    return replace(reader, before=EXPORT.replace("…", profile))


@dataclass
class Prod:
    """The stage, deployed as the pages say, with a server and who knows it."""

    reader: Reader
    site: Site
    token: str
    secret: str
    id: int
    cookie: str
    password: str = PASSWORD

    @property
    def stack(self) -> Stack:
        return Stack(self.reader.account("old"), self.reader.clone, self.reader.clone, "prod")

    def goes_on(self, printed: str = "") -> None:
        """At the same URL, with the same data, and with every credential. printed: by a deployment."""
        if printed:
            assert self.reader.site(printed).api == self.site.api
        assert self.site.names(self.token) == ["web-1"]
        assert self.site.report(self.secret)
        assert self.site.knows(self.cookie)
        assert self.site.series(self.id, self.token) == [12.5]


@pytest.fixture(scope="module")
def prod(reader: Reader) -> Prod:
    reader = with_profile(reader, "old")
    _, deploy, password, token = DEPLOY.splitlines()
    as_built_for("prod", reader.clone)
    site = reader.site(reader.follow(deploy))
    reader.set_password(password, PASSWORD)
    token = reader.follow(token).strip()
    secret = site.post("/server/register?simple=true", token, {"Name": "web-1"}).body
    (server,) = site.get("/server/list", token).result
    reader.follow(".venv/bin/python -m ops --stage prod monitor create web tcp 192.0.2.1:443")
    ping = {"monitor_id": 1, "at": int(time.time()), "delay": 12.5, "up": 2, "down": 0}
    assert site.post("/agent/report", secret, {"reports": [{"pings": [ping]}]}).result["reports"] == [{"server_id": 1}]
    cookie = site.sign_in(PASSWORD)
    assert cookie
    return Prod(reader, site, token, secret, server["id"], cookie)


def test_a_stage_is_deployed_as_both_pages_say(prod: Prod) -> None:
    assert "\n".join(DEPLOY.splitlines()[1:]) == README_DEPLOY
    assert prod.stack.parameters["AlarmEmail"] == "you@example.com"
    assert prod.stack.budgets == {10: {"you@example.com"}}
    prod.goes_on()


def test_a_domain_of_ones_own(prod: Prod) -> None:
    aws = prod.reader.account("old")
    with closing(aws.client("acm")) as acm, closing(aws.client("route53")) as route53:
        arn = acm.request_certificate(DomainName="nezha.example.com")["CertificateArn"]
        zone = route53.create_hosted_zone(Name="example.com", CallerReference="1")["HostedZone"]["Id"].split("/")[-1]
        command = DOMAIN.replace("arn:aws:acm:us-east-1:…:certificate/…", arn).replace("Z…", zone)
        printed = prod.reader.follow(command)
        records = route53.list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]
    assert "\n  dashboard  https://nezha.example.com\n" in printed
    edge = prod.stack.outputs["EdgeDomain"]
    made = [one for one in records if one["Name"] == "nezha.example.com."]
    assert {one["Type"] for one in made} == {"A", "AAAA"}
    assert {one["AliasTarget"]["DNSName"].rstrip(".") for one in made} == {edge}
    assert prod.stack.budgets == {10: {"you@example.com"}}  # what was told once is kept
    prod.goes_on(printed)


def test_upgrade_and_roll_back(prod: Prod) -> None:
    upgrade, roll_back = commands(VERSIONS)
    prod.reader.publish("0.2.0")
    prod.goes_on(prod.reader.follow(upgrade))
    assert prod.site.version == "0.2.0"
    prod.goes_on(prod.reader.follow(roll_back))
    assert prod.site.version == VERSION


def test_each_secret_is_rotated(prod: Prod) -> None:
    reader, site = prod.reader, prod.site
    assert site.report(prod.secret)
    old_secret, prod.secret = prod.secret, reader.follow(NEW_SECRET.replace("ID", str(prod.id))).strip()
    rotated = time.monotonic()
    prod.goes_on()

    # The region by the other name that AWS's tools have for it.
    elsewhere = replace(reader, before=reader.before.replace("AWS_DEFAULT_REGION", "AWS_REGION"))
    shown = elsewhere.set_password(NEW_PASSWORD, ANOTHER_PASSWORD)
    assert "note:" not in shown  # API Gateway was told that the sessions are over
    assert not site.knows(prod.cookie)
    assert site.sign_in(PASSWORD) is None
    prod.password, prod.cookie = ANOTHER_PASSWORD, site.sign_in(ANOTHER_PASSWORD) or ""
    prod.goes_on()

    old_token, prod.token = prod.token, reader.follow(NEW_TOKEN).strip()
    prod.goes_on()
    assert site.names(old_token) == ["web-1"]
    (old,) = [line.split() for line in reader.follow(TOKENS).splitlines() if old_token[:4] in line.split()]
    ended = reader.attempt(END_TOKEN.replace("ID", old[0]))
    assert (ended.returncode, ended.stderr) == (0, "")  # likewise
    assert site.names(old_token) is None
    prod.goes_on()

    before = edge_secrets(prod)
    prod.goes_on(reader.follow(NEW_EDGE_SECRET))
    of_edge, of_function = edge_secrets(prod)
    assert of_edge == of_function
    assert of_edge not in before

    time.sleep(max(0, rotated + SECRET_CACHE_SECONDS - time.monotonic()))
    assert not site.report(old_secret)


def edge_secrets(prod: Prod) -> tuple[str, str]:
    """What the edge sends, and what the function knows."""
    with closing(prod.stack.aws.client("cloudfront")) as client:
        config = client.get_distribution_config(Id=prod.stack.resources["Distribution"])["DistributionConfig"]
    (header,) = config["Origins"]["Items"][0]["CustomHeaders"]["Items"]
    return header["HeaderValue"], prod.stack.edge_secret


def test_a_backup_is_restored_over_what_is_there(prod: Prod) -> None:
    reader, site = prod.reader, prod.site
    backup, restore, restore_over = commands(BACKUP)
    reader.follow(backup)
    written = reader.clone / "prod.jsonl"
    assert written.stat().st_mode & 0o777 == 0o600
    assert not [secret for secret in (prod.token, prod.secret, prod.password) if secret in written.read_text()]
    refused = reader.attempt(restore)
    assert (refused.returncode, "this stage holds data already" in refused.stderr) == (1, True)

    ops = ".venv/bin/python -m ops --stage prod"
    reader.follow(f"{ops} server edit {prod.id} --name changed && {ops} server add web-2")
    reader.follow(restore_over)
    assert site.names(prod.token) == ["web-1", "web-2"]
    reader.follow(f"{ops} server delete {prod.id + 1}")
    prod.goes_on()


def test_a_mistake_is_undone_by_recovery_to_a_point_in_time(prod: Prod) -> None:
    restore, wait, backup, restore_over, delete = re.findall(r"^for .*?^done$|^\S[^\n]*$", RECOVERY, re.M | re.S)
    prod.reader.follow(restore)  # first, as the emulated AWS restores what is there now
    prod.reader.follow(f".venv/bin/python -m ops --stage prod server delete {prod.id}")
    assert prod.site.names(prod.token) == []
    for command in (wait, backup, restore_over):
        prod.reader.follow(command)
    prod.goes_on()
    assert any(name.startswith("nezha-rescue-") for name in tables(prod.stack.aws))
    prod.reader.follow(delete)
    assert tables(prod.stack.aws) == {f"nezha-prod-{table}" for table in TABLES}


def test_a_deleted_table_comes_back_as_it_was(prod: Prod) -> None:
    table = {"TableName": "nezha-prod-series"}
    listing, *rest = commands(DELETED)
    with closing(prod.stack.aws.client("dynamodb")) as client:
        client.create_backup(**table, BackupName="what AWS itself keeps")
        client.update_table(**table, DeletionProtectionEnabled=False)
        client.delete_table(**table)
        (kept,) = json.loads(prod.reader.follow(listing))["BackupSummaries"]
        for command in rest:
            prod.reader.follow(command.replace("ARN", kept["BackupArn"]))
        assert settings(client, **table) == (True, "ENABLED", ("ENABLED", "ttl"))
    prod.goes_on()


def settings(client: Any, **table: str) -> tuple[bool, str, tuple[str, str]]:
    """Deletion protection, recovery, TTL."""
    recovery = client.describe_continuous_backups(**table)["ContinuousBackupsDescription"]
    ttl = client.describe_time_to_live(**table)["TimeToLiveDescription"]
    return (
        client.describe_table(**table)["Table"]["DeletionProtectionEnabled"],
        recovery["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"],
        (ttl["TimeToLiveStatus"], ttl.get("AttributeName", "")),
    )


def tables(aws: EmulatedAws) -> set[str]:
    with closing(aws.client("dynamodb")) as client:
        return set(client.list_tables()["TableNames"])


@pytest.mark.parametrize("group", LOGS)
def test_the_last_hour_of_a_log_is_shown(prod: Prod, group: str) -> None:
    """Without its pattern, which the emulated AWS takes and leaves aside."""
    of = {"logGroupName": f"/nezha/prod/{group}", "logStreamName": "test"}
    now = int(time.time() * 1000)
    with closing(prod.stack.aws.client("logs")) as client:
        client.create_log_stream(**of)
        told = [{"timestamp": now - 2 * 3600_000, "message": "before"}, {"timestamp": now, "message": "in this hour"}]
        client.put_log_events(**of, logEvents=told)
    lines = prod.reader.follow(LOGS[group]).splitlines()
    assert "in this hour" in lines
    assert "before" not in lines


def test_throttled_requests_are_searched_by_a_field_of_the_log() -> None:
    (field,) = re.findall(r"--filter-pattern '\{ \$\.(\w+) = \"THROTTLED\" \}'", LOGS["access"])
    log = template.application()["Resources"]["RestAPI"]["Properties"]["AccessLogSetting"]["Format"]
    assert f'"{field}":"$context.error.responseType"' in log


def test_what_else_is_asked_on_an_alarm(prod: Prod) -> None:
    quota, health = commands_in_text(OPERATIONS, "Alarms")
    assert json.loads(prod.reader.follow(quota))["AccountLimit"]["ConcurrentExecutions"]
    url = f"{prod.reader.aws.url}/_aws/execute-api/{prod.site.api}/api"
    assert json.loads(prod.reader.follow(health.replace("URL", url)))["code"] == 0
    # Costs are not emulated: AWS's program checks the command by its model of the service, and answers itself.
    assert "ResultsByTime" in json.loads(prod.reader.follow(f"{COSTS} --generate-cli-skeleton output"))


def test_tables_become_free_and_are_billed_by_use_again(prod: Prod) -> None:
    for command, capacity in zip(commands(FREE), ("free", "on-demand"), strict=True):
        prod.goes_on(prod.reader.follow(command))
        assert prod.stack.parameters["Capacity"] == capacity


def test_a_ceiling_is_set_and_the_costs_are_shown(prod: Prod) -> None:
    prod.goes_on(prod.reader.follow(CEILING))
    assert prod.stack.parameters["Ceiling"] == "5"
    said = prod.reader.follow(COST)
    assert re.search(r"so far \$0\.\d+, by the end of the month about \$0\.\d+$", said, re.MULTILINE), said


def test_plain_chalice_does_it_too(reader: Reader) -> None:
    reader = with_profile(reader, "new")
    create, deploy, password, token = CHALICE.splitlines()
    (delete,) = [one for one in commands_in_text(OPERATIONS, "Plain Chalice") if "chalice" in one]
    reader.follow(create)
    site = reader.site(reader.follow(deploy))
    reader.set_password(password, PASSWORD)
    token = reader.follow(token).strip()
    assert site.post("/server/register", token, {"Name": "web-1"}).status == 200
    assert site.names(token) == ["web-1"]
    assert site.sign_in(PASSWORD)
    reader.follow(delete)
    assert site.get("/health").status == 404
    assert tables(reader.account("new")) == {f"nezha-dev-{table}" for table in TABLES}


def test_moving_to_another_account(prod: Prod) -> None:
    reader = prod.reader
    backup, deploy, restore = commands(MOVE)
    destroy_all, release_domain = commands_in_text(OPERATIONS, "Move to another account or region")
    (destroy,) = [one for one in commands_in_text(README, "Deploy to AWS") if "destroy" in one]
    reader.follow(backup)
    old, prod.site = prod.site, reader.site(reader.follow(deploy))
    reader.follow(restore)
    printed = reader.follow(release_domain)
    assert f"\n  dashboard  https://{prod.stack.outputs['EdgeDomain']}\n" in printed
    reader.follow(destroy)
    assert old.get("/health").status == 404
    assert tables(reader.account("old")) == {f"nezha-prod-{table}" for table in TABLES}
    assert reader.follow(destroy_all, typed="prod\n") == "Nothing of prod is left.\n"
    assert tables(reader.account("old")) == set()
    prod.goes_on()
    assert prod.site.sign_in(prod.password)
