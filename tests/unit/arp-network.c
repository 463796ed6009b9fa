/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "arp-network.h"

#include <arpa/inet.h>

#include "engine/wire.h"

/* --- Frames --- */

const struct bond_mac net_broadcast = {{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}};
static const struct bond_mac host_mac = {{0x02, 0, 0, 0, 0x03, 0x01}};

static void
put(struct net_frame *f, const void *bytes, gsize len)
{
	g_assert_cmpuint(f->len + len, <=, sizeof(f->b));
	memcpy(f->b + f->len, bytes, len);
	f->len += len;
}

static void
put16(struct net_frame *f, guint16 value)
{
	const guint16 be = GUINT16_TO_BE(value);

	put(f, &be, sizeof(be));
}

static void
put_ip(struct net_frame *f, const char *text)
{
	guint8 bytes[16];
	gboolean v6 = strchr(text, ':') != NULL;

	g_assert_cmpint(inet_pton(v6 ? AF_INET6 : AF_INET, text, bytes), ==, 1);
	put(f, bytes, v6 ? 16 : 4);
}

static struct net_frame
ethernet(const struct bond_mac *to, guint16 type)
{
	struct net_frame f = {.len = 0};

	put(&f, to->b, sizeof(to->b));
	put(&f, host_mac.b, sizeof(host_mac.b));
	put16(&f, type);
	return f;
}

/* @op: 1 request, 2 reply */
struct net_frame
net_arp(const struct bond_mac *to, guint16 op, const char *sender, const char *target)
{
	static const guint8 head[] = {0, 1, 8, 0, 6, 4};
	struct net_frame f = ethernet(to, WIRE_ARP);

	put(&f, head, sizeof(head));
	put16(&f, op);
	put(&f, host_mac.b, sizeof(host_mac.b));
	put_ip(&f, sender);
	put(&f, to->b, sizeof(to->b));
	put_ip(&f, target);
	return f;
}

/* @type: 135 solicitation, 136 advertisement */
struct net_frame
net_nd(const struct bond_mac *to, guint8 type, const char *source, const char *destination)
{
	const guint8 rest[20] = {type};
	struct net_frame f = ethernet(to, WIRE_IP6);

	put16(&f, 0x6000);
	put16(&f, 0);
	put16(&f, 24);
	put16(&f, WIRE_PROTO_ICMPV6 << 8 | 255);
	put_ip(&f, source);
	put_ip(&f, destination);
	put(&f, rest, 8);
	put_ip(&f, TARGET6);
	return f;
}

/* Neither ARP nor IPv6. */
struct net_frame
net_data(const struct bond_mac *to)
{
	const guint8 rest[46] = {0x45};
	struct net_frame f = ethernet(to, WIRE_IP4);

	put(&f, rest, sizeof(rest));
	return f;
}

struct net_frame
net_make(struct fx *fx, guint port, enum net_kind kind, gboolean ipv6)
{
	const struct bond_mac *to = &fx->devices[port].mac;

	switch (kind) {
	case NET_FOREIGN:
		return ipv6 ? net_nd(to, 136, STRANGER6, US6) : net_arp(to, 2, STRANGER, US);
	case NET_ANSWER:
		return ipv6 ? net_nd(to, 136, TARGET6, US6) : net_arp(to, 2, TARGET, US);
	case NET_QUESTION:
		return ipv6 ? net_nd(&net_broadcast, 135, US6, "ff02::1:ff00:fe")
			    : net_arp(&net_broadcast, 1, US, TARGET);
	default:
		return net_data(to);
	}
}

/* --- The network --- */

struct arrival {
	guint port;
	struct net_frame frame;
};

struct bond_ip
net_ip(const char *text)
{
	struct bond_ip ip = {.is_ipv6 = strchr(text, ':') != NULL};

	g_assert_cmpint(inet_pton(ip.is_ipv6 ? AF_INET6 : AF_INET, text, ip.bytes), ==, 1);
	return ip;
}

static gboolean
is_ip(const struct bond_ip *ip, const char *text)
{
	struct bond_ip other = net_ip(text);

	return ip->is_ipv6 == other.is_ipv6 && memcmp(ip->bytes, other.bytes, sizeof(ip->bytes)) == 0;
}

static gboolean
has_address(struct fx *fx, const struct bond_ip *ip)
{
	const struct network *net = fx->network;

	return !net->no_address && (is_ip(ip, US) || is_ip(ip, US6));
}

static enum bond_route_way
route_to(struct fx *fx, const struct bond_ip *target, struct bond_route *route)
{
	const struct network *net = fx->network;

	*route = net->route;
	if (!net->no_address)
		route->source = net_ip(target->is_ipv6 ? US6 : US);
	return net->way;
}

void
net_arrive(struct network *net, guint port, const struct net_frame *frame)
{
	struct arrival *arrival = g_new(struct arrival, 1);

	arrival->port = port;
	arrival->frame = *frame;
	g_queue_push_tail(&net->arriving, arrival);
}

/* Behind the tags. */
static gsize
payload_at(const struct net_frame *f, guint16 *type)
{
	gsize at = 14;

	while (wire_is_vlan(wire_get16(f->b + at - 2)))
		at += 4;
	*type = wire_get16(f->b + at - 2);
	return at;
}

gboolean
net_asks_for(const struct net_frame *f, const char *host)
{
	struct bond_ip ip = net_ip(host);
	guint16 type;
	gsize at = payload_at(f, &type);

	return ip.is_ipv6 ? type == WIRE_IP6 && memcmp(f->b + at + 48, ip.bytes, 16) == 0
			  : type == WIRE_ARP && memcmp(f->b + at + 24, ip.bytes, 4) == 0;
}

/* With the tags of the question. */
static struct net_frame
answer_to(const struct net_frame *question, const char *host, const struct bond_mac *to)
{
	gboolean v6 = strchr(host, ':') != NULL;
	struct net_frame plain = v6 ? net_nd(to, 136, host, US6) : net_arp(to, 2, host, US);
	struct net_frame f = {.len = 0};
	guint16 type;
	gsize at = payload_at(question, &type);

	put(&f, plain.b, 12);
	put(&f, question->b + 12, at - 14);
	put(&f, plain.b + 12, plain.len - 12);
	return f;
}

/* A switch sends a group's frames everywhere; a port takes those of groups that it has joined. */
static void
flood(struct fx *fx, guint from, const struct net_frame *f)
{
	struct network *net = fx->network;
	gboolean everybody = f->b[0] == 0xff;

	for (guint i = 0; i < FX_MAX_DEVICES; i++) {
		if (i != from && fx->devices[i].port != NULL && !net->cut[i] &&
		    (everybody || fx->devices[i].n_groups > 0))
			net_arrive(net, i, f);
	}
}

static void
on_send(struct fx *fx, guint i, const guint8 *bytes, gsize len)
{
	struct network *net = fx->network;
	struct net_frame f = {.len = 0};

	put(&f, bytes, len);
	net->probes[i]++;
	net->last = f;
	if (net->cut[i] || !fx->devices[i].carrier)
		return;
	flood(fx, i, &f);
	for (guint n = 0; n < G_N_ELEMENTS(net->answering); n++) {
		struct net_frame answer;

		if (net->answering[n] == NULL || !net_asks_for(&f, net->answering[n]))
			continue;
		answer = answer_to(&f, net->answering[n], &fx->devices[i].mac);
		net_arrive(net, i, &answer);
	}
}

/* What the workers do with it, as the plan says. */
static void
receive(struct fx *fx, guint i, const struct net_frame *f)
{
	guint control = fx->plan->control;
	guint16 type;
	gsize at = payload_at(f, &type);
	gboolean is_nd = type == WIRE_IP6 && f->b[at + 6] == WIRE_PROTO_ICMPV6;

	if ((control & BOND_PLAN_STAMP_RX) ||
	    ((control & BOND_PLAN_STAMP_ARP) && (type == WIRE_ARP || type == WIRE_IP6)))
		fx->devices[i].last_rx = fx->now;
	if ((type == WIRE_ARP && (control & BOND_PLAN_COPY_ARP)) || (is_nd && (control & BOND_PLAN_COPY_ND)))
		fx_receive(fx, i, f->b, f->len);
}

void
net_deliver(struct fx *fx)
{
	struct network *net = fx->network;
	struct arrival *arrival;

	while ((arrival = g_queue_pop_head(&net->arriving)) != NULL) {
		if (fx->devices[arrival->port].port != NULL)
			receive(fx, arrival->port, &arrival->frame);
		g_free(arrival);
	}
}

void
net_wait(struct fx *fx, guint ms)
{
	for (guint i = 0; i < ms; i++) {
		fx_wait(fx, 1);
		net_deliver(fx);
	}
}

static void
net_init(struct network *net)
{
	*net = (struct network){.answering = {TARGET, TARGET6}, .way = BOND_ROUTE_BOND};
	g_queue_init(&net->arriving);
}

void
net_set(struct fx *fx, const char *name, const char *value)
{
	const char *const settings[] = {name, value, NULL};
	g_autoptr(GError) error = NULL;

	bond_set_options(fx->bond, settings, fx->now, &error);
	g_assert_no_error(error);
}

/* @targets: addresses with commas; of either kind */
struct fx *
net_monitoring(struct network *net, const char *mode, const char *targets)
{
	struct fx *fx = fx_new("mode", mode, "arp_interval", "100", NULL);

	net_init(net);
	fx->network = net;
	fx->on_send = on_send;
	fx->on_route = route_to;
	fx->on_has_address = has_address;
	net_set(fx, strchr(targets, ':') != NULL ? "ns_ip6_target" : "arp_ip_target", targets);
	return fx;
}

void
net_silence(struct network *net)
{
	net->answering[0] = NULL;
	net->answering[1] = NULL;
}

/* What a port on the cut is heard to say; the links of all ports. */
char *
net_links(struct fx *fx)
{
	GString *text = g_string_new(NULL);

	for (guint i = 0; i < bond_n_ports(fx->bond); i++)
		g_string_append_printf(text, "%s%s", i > 0 ? ", " : "",
				       bond_link_name(port_link(bond_nth_port(fx->bond, i))));
	return g_string_free(text, FALSE);
}

/* Milliseconds until p@i is down, up to @limit. */
guint
net_until_down(struct fx *fx, guint i, guint limit)
{
	guint ms = 0;

	while (ms < limit && fx_link(fx, i) == BOND_LINK_UP) {
		net_wait(fx, 1);
		ms++;
	}
	return ms;
}
