/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "unapplied.h"

/* A property (NULL: any of its section) and, if it matters, its value; what is told of it. */
static const struct {
	const char *section;
	const char *property;
	const char *value;
	const char *message;
	const char *remedy;
} parts[] = {
    {"ipv4", "method", "auto", "DHCP is left to a DHCP client, bondd has none",
     "Run one on the interface: `dhclient NAME`, or a .network file with DHCP=yes for systemd-networkd"},
    {"ipv4", "method", "link-local", "addresses of 169.254.0.0/16 are left to others",
     "Run avahi-autoipd on the interface, or let NetworkManager or systemd-networkd set it up"},
    {"ipv4", "method", "shared", "sharing the connection is left to others",
     "Set up forwarding, address translation and a DHCP server"},
    {"ipv6", "method", "dhcp", "DHCPv6 is left to a DHCP client, bondd has none",
     "Run one on the interface: `dhclient -6 NAME`, or a .network file with DHCP=ipv6 for systemd-networkd"},
    {"ipv6", "method", "shared", "sharing the connection is left to others", "Set up forwarding and radvd"},
    {"ipv6", "method", "disabled", "IPv6 is not switched off on the interface",
     "Set net.ipv6.conf.NAME.disable_ipv6=1 in sysctl.d"},
    {"ipv6", "ip6-privacy", NULL, "privacy addresses are the kernel's business",
     "Set net.ipv6.conf.NAME.use_tempaddr in sysctl.d"},
    {"ipv6", "token", NULL, "the token of IPv6 addresses is not set", "Run `ip token set TOKEN dev NAME`"},
    {"ipv4", "dns-data", NULL, "name servers are left to the resolver's own files",
     "Write them to /etc/resolv.conf or resolved.conf"},
    {"ipv6", "dns-data", NULL, "name servers are left to the resolver's own files",
     "Write them to /etc/resolv.conf or resolved.conf"},
    {"ipv4", "dns-options", NULL, "options of the resolver are left to its own files",
     "Write them to /etc/resolv.conf"},
    {"ipv6", "dns-options", NULL, "options of the resolver are left to its own files",
     "Write them to /etc/resolv.conf"},
    {"ipv4", "dad-timeout", NULL, "addresses are set without asking who has them", "Run `arping -D` beforehand"},
    {"connection", "zone", NULL, "zones are the firewall's",
     "Run `firewall-cmd --permanent --zone=ZONE --add-interface=NAME`"},
    {"connection", "secondaries", NULL, "connections to be started with it are not", "Start them by other means"},
    {"connection", "lldp", NULL, "LLDP is left to others", "Run lldpd"},
    {"connection", "mdns", NULL, "multicast DNS is left to others", "Set MulticastDNS= of systemd-resolved"},
    {"connection", "llmnr", NULL, "LLMNR is left to others", "Set LLMNR= of systemd-resolved"},
    {"connection", "dns-over-tls", NULL, "DNS over TLS is left to others", "Set DNSOverTLS= of systemd-resolved"},
    {"proxy", "method", NULL, "proxies are left to others", "Set them in the environment of those who need them"},
    {"hostname", NULL, NULL, "the host's name is left as it is", "Run hostnamectl"},
    {"ethtool", NULL, NULL, "features, rings, pauses and coalescing of ETHTOOL_OPTS are not set",
     "Write them to a .link file for systemd-udevd"},
    {"802-3-ethernet", "speed", NULL, "speed and duplex of ETHTOOL_OPTS are not set",
     "Write them to a .link file for systemd-udevd"},
    {"802-3-ethernet", "wake-on-lan", NULL, "Wake-on-LAN is not set", "Write WakeOnLan= to a .link file"},
    {"802-3-ethernet", "accept-all-mac-addresses", NULL, "promiscuous mode is not set",
     "Run `ip link set NAME promisc on`"},
    {"vlan", "egress-priority-map", "*", "priorities of VLANs are not mapped", "Run `ip link set NAME type vlan …`"},
    {"vlan", "ingress-priority-map", "*", "priorities of VLANs are not mapped", "Run `ip link set NAME type vlan …`"},
    {"bridge", "vlans", "*", "VLANs of bridges are not set", "Run `bridge vlan add dev NAME self …`"},
    {"bridge", "mac-address", NULL, "BRIDGE_MACADDR is not set", "Write MACADDR instead"},
    {"bridge-port", "vlans", "*", "VLANs of bridge ports are not set", "Run `bridge vlan add dev NAME …`"},
    {"bridge-port", "priority", NULL, "priorities of bridge ports are not set", "Run `bridge link set dev NAME …`"},
    {"bridge-port", "path-cost", NULL, "costs of bridge ports are not set", "Run `bridge link set dev NAME …`"},
    {"bridge-port", "hairpin-mode", NULL, "hairpin mode is not set", "Run `bridge link set dev NAME hairpin on`"},
};

static gboolean
is_said(GVariant *settings, gsize i)
{
	g_autoptr(GVariant) section = g_variant_lookup_value(settings, parts[i].section, G_VARIANT_TYPE("a{sv}"));
	g_autoptr(GVariant) value = NULL;

	if (section == NULL || parts[i].property == NULL)
		return section != NULL;
	value = g_variant_lookup_value(section, parts[i].property, NULL);
	if (value == NULL || parts[i].value == NULL)
		return value != NULL;
	if (g_variant_is_container(value))
		return g_variant_n_children(value) > 0;
	return g_variant_is_of_type(value, G_VARIANT_TYPE_STRING) &&
	       g_str_equal(g_variant_get_string(value, NULL), parts[i].value);
}

static char *
with_name(const char *text, const char *name)
{
	g_auto(GStrv) pieces = g_strsplit(text, "NAME", -1);

	return g_strjoinv(name, pieces);
}

static gboolean
was_told(gsize i, const gboolean *told)
{
	for (gsize k = 0; k < i; k++) {
		if (told[k] && g_str_equal(parts[k].message, parts[i].message))
			return TRUE;
	}
	return FALSE;
}

void
unapplied_find(const struct ifcfg_profile *profile, unapplied_func func, void *user)
{
	const char *name = profile->device != NULL ? profile->device : "the interface";
	gboolean told[G_N_ELEMENTS(parts)] = {FALSE};

	for (gsize i = 0; i < G_N_ELEMENTS(parts); i++) {
		g_autofree char *remedy = NULL;

		told[i] = is_said(profile->settings, i) && !was_told(i, told);
		if (!told[i])
			continue;
		remedy = with_name(parts[i].remedy, name);
		func(user, parts[i].message, remedy);
	}
}
