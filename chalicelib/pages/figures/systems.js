// Operating systems by the names that agents report: how to write them, and which have an icon.
import { label } from "../text/format.js";

/** Part of a platform's reported name, the name to show, and its symbol in vendor/systems.svg. */
const SYSTEMS = [
  ["debian", "Debian", "debian"],
  ["ubuntu", "Ubuntu", "ubuntu"],
  ["rocky", "Rocky", "rocky"],
  ["alma", "AlmaLinux", "alma"],
  ["alpine", "Alpine", "alpine"],
  ["arch", "Arch", "arch"],
  ["centos", "CentOS", "centos"],
  ["fedora", "Fedora", "fedora"],
  ["redhat", "RHEL", "redhat"],
  ["rhel", "RHEL", "redhat"],
  ["opensuse", "openSUSE", "opensuse"],
  ["suse", "SUSE", "opensuse"],
  ["raspbian", "Raspberry Pi OS", "raspberry"],
  ["freebsd", "FreeBSD", "freebsd"],
  ["openbsd", "OpenBSD", "openbsd"],
  ["openwrt", "OpenWrt", "openwrt"],
  ["linuxmint", "Linux Mint", "mint"],
  ["kali", "Kali", "kali"],
  ["nixos", "NixOS", "nixos"],
  ["gentoo", "Gentoo", "gentoo"],
  ["manjaro", "Manjaro", "manjaro"],
  ["proxmox", "Proxmox", "proxmox"],
  ["amazon", "Amazon Linux", "linux"],
  ["oracle", "Oracle Linux", "linux"],
  ["darwin", "macOS", "apple"],
  ["macos", "macOS", "apple"],
  ["windows", "Windows", "windows"],
  ["linux", "Linux", "linux"],
];

/** {name: "Debian 12.8", icon: "debian"}. Both are "" if nothing is known; icon is "" if there is none. */
export function systemOf({ Platform, PlatformVersion }) {
  const key = `${Platform} ${PlatformVersion}`;
  if (!known.has(key)) {
    if (known.size >= MOST_KNOWN) known.clear();
    known.set(key, named(Platform, PlatformVersion));
  }
  return known.get(key);
}

const known = new Map();
const MOST_KNOWN = 1000; // agents may report any names

function named(Platform, PlatformVersion) {
  const platform = label(Platform, "").slice(0, 200);
  const version = label(PlatformVersion, "").slice(0, 200);
  const found = SYSTEMS.find(([part]) => platform.toLowerCase().includes(part));
  if (!found) return { name: `${platform} ${version}`.trim(), icon: "" };
  const [, name, icon] = found;
  // "Microsoft Windows Server 2022 Datacenter" says more than our name for it; its version is a build number.
  if (icon === "windows" && platform.length > 10) return { name: platform.replace(/^Microsoft /i, ""), icon };
  return { name: `${name} ${version}`.trim(), icon };
}
