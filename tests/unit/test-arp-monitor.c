/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The ARP and NS monitor. Numbers are those of the list of traps that a copy of the kernel's driver falls into
 * ("kernel-semantics N").
 */
#include <arpa/inet.h>
#include <errno.h>

#include "engine-fixture.h"

#include "engine/wire.h"

#define INTERVAL   100
#define US	   "192.168.7.1"
#define TARGET	   "192.168.7.254"
#define TARGET2	   "192.168.7.253"
#define STRANGER   "192.168.7.99"
#define US6	   "2001:db8::1"
#define TARGET6	   "2001:db8::fe"
#define STRANGER6  "2001:db8::99"
#define ALL_NODES6 "ff02::1"

/* --- Frames --- */

struct frame {
	guint8 b[128];
	gsize len;
};

static const struct bond_mac broadcast = {{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}};
static const struct bond_mac host_mac = {{0x02, 0, 0, 0, 0x03, 0x01}};

static void
put(struct frame *f, const void *bytes, gsize len)
{
	g_assert_cmpuint(f->len + len, <=, sizeof(f->b));
	memcpy(f->b + f->len, bytes, len);
	f->len += len;
}

static void
put16(struct frame *f, guint16 value)
{
	const guint16 be = GUINT16_TO_BE(value);

	put(f, &be, sizeof(be));
}

static void
put_ip(struct frame *f, const char *text)
{
	guint8 bytes[16];
	gboolean v6 = strchr(text, ':') != NULL;

	g_assert_cmpint(inet_pton(v6 ? AF_INET6 : AF_INET, text, bytes), ==, 1);
	put(f, bytes, v6 ? 16 : 4);
}

static struct frame
ethernet(const struct bond_mac *to, guint16 type)
{
	struct frame f = {.len = 0};

	put(&f, to->b, sizeof(to->b));
	put(&f, host_mac.b, sizeof(host_mac.b));
	put16(&f, type);
	return f;
}

/* @op: 1 request, 2 reply */
static struct frame
arp(const struct bond_mac *to, guint16 op, const char *sender, const char *target)
{
	static const guint8 head[] = {0, 1, 8, 0, 6, 4};
	struct frame f = ethernet(to, WIRE_ARP);

	put(&f, head, sizeof(head));
	put16(&f, op);
	put(&f, host_mac.b, sizeof(host_mac.b));
	put_ip(&f, sender);
	put(&f, to->b, sizeof(to->b));
	put_ip(&f, target);
	return f;
}

/* @type: 135 solicitation, 136 advertisement */
static struct frame
nd(const struct bond_mac *to, guint8 type, const char *source, const char *destination)
{
	const guint8 rest[20] = {type};
	struct frame f = ethernet(to, WIRE_IP6);

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
static struct frame
data(const struct bond_mac *to)
{
	const guint8 rest[46] = {0x45};
	struct frame f = ethernet(to, WIRE_IP4);

	put(&f, rest, sizeof(rest));
	return f;
}

/* --- The network --- */

/* A switch to which all ports lead, and hosts on it. */
struct network {
	gboolean cut[FX_MAX_DEVICES]; /* silently: the port keeps its carrier */
	const char *answering[2];     /* who answers to probes; NULL: nobody */
	guint probes[FX_MAX_DEVICES];
	struct frame last; /* probe */
	GQueue arriving;   /* struct arrival */
	gboolean no_address;
	enum bond_route_way way;
	struct bond_route route;
};

struct arrival {
	guint port;
	struct frame frame;
};

static struct bond_ip
ip_of(const char *text)
{
	struct bond_ip ip = {.is_ipv6 = strchr(text, ':') != NULL};

	g_assert_cmpint(inet_pton(ip.is_ipv6 ? AF_INET6 : AF_INET, text, ip.bytes), ==, 1);
	return ip;
}

static gboolean
is_ip(const struct bond_ip *ip, const char *text)
{
	struct bond_ip other = ip_of(text);

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
		route->source = ip_of(target->is_ipv6 ? US6 : US);
	return net->way;
}

static void
arrive(struct network *net, guint port, const struct frame *frame)
{
	struct arrival *arrival = g_new(struct arrival, 1);

	arrival->port = port;
	arrival->frame = *frame;
	g_queue_push_tail(&net->arriving, arrival);
}

/* Behind the tags. */
static gsize
payload_at(const struct frame *f, guint16 *type)
{
	gsize at = 14;

	while (wire_is_vlan(wire_get16(f->b + at - 2)))
		at += 4;
	*type = wire_get16(f->b + at - 2);
	return at;
}

static gboolean
asks_for(const struct frame *f, const char *host)
{
	struct bond_ip ip = ip_of(host);
	guint16 type;
	gsize at = payload_at(f, &type);

	return ip.is_ipv6 ? type == WIRE_IP6 && memcmp(f->b + at + 48, ip.bytes, 16) == 0
			  : type == WIRE_ARP && memcmp(f->b + at + 24, ip.bytes, 4) == 0;
}

/* With the tags of the question. */
static struct frame
answer_to(const struct frame *question, const char *host, const struct bond_mac *to)
{
	gboolean v6 = strchr(host, ':') != NULL;
	struct frame plain = v6 ? nd(to, 136, host, US6) : arp(to, 2, host, US);
	struct frame f = {.len = 0};
	guint16 type;
	gsize at = payload_at(question, &type);

	put(&f, plain.b, 12);
	put(&f, question->b + 12, at - 14);
	put(&f, plain.b + 12, plain.len - 12);
	return f;
}

/* A switch sends a group's frames everywhere; a port takes those of groups that it has joined. */
static void
flood(struct fx *fx, guint from, const struct frame *f)
{
	struct network *net = fx->network;
	gboolean everybody = f->b[0] == 0xff;

	for (guint i = 0; i < FX_MAX_DEVICES; i++) {
		if (i != from && fx->devices[i].port != NULL && !net->cut[i] &&
		    (everybody || fx->devices[i].n_groups > 0))
			arrive(net, i, f);
	}
}

static void
on_send(struct fx *fx, guint i, const guint8 *bytes, gsize len)
{
	struct network *net = fx->network;
	struct frame f = {.len = 0};

	put(&f, bytes, len);
	net->probes[i]++;
	net->last = f;
	if (net->cut[i] || !fx->devices[i].carrier)
		return;
	flood(fx, i, &f);
	for (guint n = 0; n < G_N_ELEMENTS(net->answering); n++) {
		struct frame answer;

		if (net->answering[n] == NULL || !asks_for(&f, net->answering[n]))
			continue;
		answer = answer_to(&f, net->answering[n], &fx->devices[i].mac);
		arrive(net, i, &answer);
	}
}

/* What the workers do with it, as the plan says. */
static void
receive(struct fx *fx, guint i, const struct frame *f)
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

static void
deliver(struct fx *fx)
{
	struct network *net = fx->network;
	struct arrival *arrival;

	while ((arrival = g_queue_pop_head(&net->arriving)) != NULL) {
		if (fx->devices[arrival->port].port != NULL)
			receive(fx, arrival->port, &arrival->frame);
		g_free(arrival);
	}
}

static void
net_wait(struct fx *fx, guint ms)
{
	for (guint i = 0; i < ms; i++) {
		fx_wait(fx, 1);
		deliver(fx);
	}
}

static void
net_init(struct network *net)
{
	*net = (struct network){.answering = {TARGET, TARGET6}, .way = BOND_ROUTE_BOND};
	g_queue_init(&net->arriving);
}

static void
netlink(struct fx *fx, const char *name, const char *value)
{
	const char *const settings[] = {name, value, NULL};
	g_autoptr(GError) error = NULL;

	bond_set_options(fx->bond, settings, fx->now, &error);
	g_assert_no_error(error);
}

/* @targets: addresses with commas; of either kind */
static struct fx *
monitoring(struct network *net, const char *mode, const char *targets)
{
	struct fx *fx = fx_new("mode", mode, "arp_interval", "100", NULL);

	net_init(net);
	fx->network = net;
	fx->on_send = on_send;
	fx->on_route = route_to;
	fx->on_has_address = has_address;
	netlink(fx, strchr(targets, ':') != NULL ? "ns_ip6_target" : "arp_ip_target", targets);
	return fx;
}

static void
silence(struct network *net)
{
	net->answering[0] = NULL;
	net->answering[1] = NULL;
}

/* What a port on the cut is heard to say; the links of all ports. */
static char *
links(struct fx *fx)
{
	GString *text = g_string_new(NULL);

	for (guint i = 0; i < bond_n_ports(fx->bond); i++)
		g_string_append_printf(text, "%s%s", i > 0 ? ", " : "",
				       bond_link_name(port_link(bond_nth_port(fx->bond, i))));
	return g_string_free(text, FALSE);
}

#define assert_links(fx, expected)                                                                                     \
	do {                                                                                                           \
		g_autofree char *links_ = links(fx);                                                                   \
		g_assert_cmpstr(links_, ==, expected);                                                                 \
	} while (0)

/* Milliseconds until p@i is down, up to @limit. */
static guint
until_down(struct fx *fx, guint i, guint limit)
{
	guint ms = 0;

	while (ms < limit && fx_link(fx, i) == BOND_LINK_UP) {
		net_wait(fx, 1);
		ms++;
	}
	return ms;
}

/* --- Enslaving, options --- */

/* kernel-semantics 10 */
static void
test_first_state(void)
{
	static const struct {
		const char *option;
		const char *value;
		gboolean carrier;
		enum bond_link link;
	} cases[] = {
	    {"miimon", "100", TRUE, BOND_LINK_BACK},	 {"miimon", "100", FALSE, BOND_LINK_DOWN},
	    {"arp_interval", "100", TRUE, BOND_LINK_UP}, {"arp_interval", "100", FALSE, BOND_LINK_DOWN},
	    {"miimon", "0", TRUE, BOND_LINK_UP},	 {"miimon", "0", FALSE, BOND_LINK_UP},
	    {"updelay", "0", TRUE, BOND_LINK_UP},	 {"updelay", "0", FALSE, BOND_LINK_DOWN},
	};

	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct fx *fx = fx_new("mode", "balance-xor", "miimon", "100", "updelay", "500", NULL);

		fx_set(fx, cases[i].option, cases[i].value);
		fx->devices[0].carrier = cases[i].carrier;
		fx_add(fx, 0);
		g_assert_cmpint(fx_link(fx, 0), ==, cases[i].link);
		fx_free(fx);
	}
}

static void
assert_option(struct fx *fx, const char *name, const char *expected)
{
	g_autofree char *value = bond_get_option(fx->bond, name);

	g_assert_cmpstr(value, ==, expected);
}

/* kernel-semantics 11: the one written last stays. */
static void
test_monitors_exclude_each_other(void)
{
	struct network net;
	struct fx *fx = monitoring(&net, "active-backup", TARGET);

	fx_start(fx, 2);
	net_wait(fx, 500);
	g_assert_cmpuint(net.probes[0], ==, 5);
	fx_set(fx, "miimon", "100");
	assert_option(fx, "arp_interval", "0");
	net_wait(fx, 500);
	g_assert_cmpuint(net.probes[0], ==, 5);
	fx_carrier(fx, 0, FALSE);
	g_assert_cmpstr(fx_active(fx), ==, "p1");
	fx_carrier(fx, 0, TRUE);
	fx_set(fx, "arp_interval", "50");
	assert_option(fx, "miimon", "0");
	net_wait(fx, 500);
	g_assert_cmpuint(net.probes[1], ==, 10);
	fx_carrier(fx, 1, FALSE);
	g_assert_cmpstr(fx_active(fx), ==, "p1");
	/* Switching off what is off changes nothing. */
	fx_set(fx, "miimon", "0");
	assert_option(fx, "arp_interval", "50");
	fx_free(fx);
}

/* kernel-semantics 78 */
static void
test_validate_is_reset(void)
{
	struct network net;
	struct fx *fx = monitoring(&net, "active-backup", TARGET);

	fx_set(fx, "arp_validate", "all");
	fx_set(fx, "mode", "balance-xor");
	assert_option(fx, "arp_validate", "none");
	assert_option(fx, "arp_interval", "100");
	fx_set(fx, "arp_validate", "filter_active");
	fx_set(fx, "miimon", "100");
	assert_option(fx, "arp_validate", "none");
	/* With arp_interval off already, miimon has nothing to reset. */
	fx_set(fx, "arp_validate", "backup");
	fx_set(fx, "miimon", "50");
	assert_option(fx, "arp_validate", "backup");
	fx_free(fx);
}

/* Each probe has its time; none while the bond is down or has no interval. */
static void
test_clock(void)
{
	struct network net;
	struct fx *fx = monitoring(&net, "active-backup", TARGET);

	fx_add(fx, 0);
	g_assert_cmpint(bond_next_deadline(fx->bond), ==, BOND_TIME_NEVER);
	fx_up(fx, TRUE);
	fx_wait(fx, 0);
	g_assert_cmpuint(net.probes[0], ==, 0);
	net_wait(fx, 1);
	g_assert_cmpuint(net.probes[0], ==, 1);
	net_wait(fx, 99);
	g_assert_cmpuint(net.probes[0], ==, 1);
	net_wait(fx, 1);
	g_assert_cmpuint(net.probes[0], ==, 2);
	/* Whoever was asleep does not catch up. */
	fx->now += 1050 * BOND_MSEC;
	fx_run(fx);
	g_assert_cmpuint(net.probes[0], ==, 3);
	g_assert_cmpint(bond_next_deadline(fx->bond), ==, fx->now + INTERVAL * BOND_MSEC);
	fx_up(fx, FALSE);
	g_assert_cmpint(bond_next_deadline(fx->bond), ==, BOND_TIME_NEVER);
	fx_up(fx, TRUE);
	net_wait(fx, 1);
	g_assert_cmpuint(net.probes[0], ==, 4);
	fx_set(fx, "arp_interval", "1000");
	net_wait(fx, 1000);
	g_assert_cmpuint(net.probes[0], ==, 5);
	fx_set(fx, "arp_interval", "0");
	g_assert_cmpint(bond_next_deadline(fx->bond), ==, BOND_TIME_NEVER);
	fx_free(fx);
}

/* Nothing is copied or noted that nobody asks for. */
static void
test_plan_control(void)
{
	enum {
		RX = BOND_PLAN_STAMP_RX,
		STAMP = BOND_PLAN_STAMP_ARP,
		ARP = BOND_PLAN_COPY_ARP,
		ND = BOND_PLAN_COPY_ND,
	};
	static const struct {
		const char *validate;
		guint with_arp, with_ns, with_none;
	} cases[] = {
	    {"none", RX, RX, RX},
	    {"active", RX | ARP, RX | ND, RX},
	    {"backup", RX | ARP, RX | ND, RX},
	    {"all", ARP, ND, 0},
	    {"filter", STAMP, STAMP, STAMP},
	    {"filter_active", STAMP | ARP, STAMP | ND, STAMP},
	    {"filter_backup", STAMP | ARP, STAMP | ND, STAMP},
	};

	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct network net;
		struct fx *fx = monitoring(&net, "active-backup", TARGET);

		fx_set(fx, "arp_validate", cases[i].validate);
		fx_add(fx, 0);
		g_assert_cmpuint(fx->plan->control, ==, 0);
		fx_up(fx, TRUE);
		g_assert_cmpuint(fx->plan->control, ==, cases[i].with_arp);
		netlink(fx, "arp_ip_target", "");
		g_assert_cmpuint(fx->plan->control, ==, cases[i].with_none);
		netlink(fx, "ns_ip6_target", TARGET6);
		g_assert_cmpuint(fx->plan->control, ==, cases[i].with_ns);
		fx_set(fx, "arp_interval", "0");
		g_assert_cmpuint(fx->plan->control, ==, 0);
		fx_set(fx, "arp_interval", "100");
		g_assert_cmpuint(fx->plan->control, ==, cases[i].with_ns);
		fx_set(fx, "miimon", "100");
		g_assert_cmpuint(fx->plan->control, ==, 0);
		fx_free(fx);
	}
}

/* --- Probes --- */

/* kernel-semantics 77 */
static void
test_source_and_tags(void)
{
	static const guint8 tagged[] = {0x88, 0xa8, 0, 100, 0x81, 0, 0, 7, 0x08, 0x06};
	struct network net;
	struct fx *fx = monitoring(&net, "active-backup", TARGET);
	struct bond_ip us = ip_of(US);

	net.route.tags[0] = (struct bond_tag){WIRE_8021AD, 100};
	net.route.tags[1] = (struct bond_tag){WIRE_8021Q, 7};
	net.route.n_tags = 2;
	fx_set(fx, "arp_validate", "all");
	fx_start(fx, 2);
	net_wait(fx, 1);
	g_assert_cmpmem(net.last.b, 6, broadcast.b, 6);
	g_assert_cmpmem(net.last.b + 6, 6, fx->devices[0].mac.b, 6);
	g_assert_cmpmem(net.last.b + 12, sizeof(tagged), tagged, sizeof(tagged));
	g_assert_cmpmem(net.last.b + 36, 4, us.bytes, 4);
	g_assert_true(asks_for(&net.last, TARGET));
	/* Answers behind the same tags are understood. */
	net_wait(fx, 2000);
	assert_links(fx, "up, up");
	g_assert_cmpstr(fx_active(fx), ==, "p0");
	fx_free(fx);
}

/* kernel-semantics 77: no route: no source, and a warning, once, if answers are to be checked. */
static void
test_no_route(void)
{
	static const guint8 nobody[4];
	static const struct {
		const char *target;
		const char *validate;
		const char *trace;
	} cases[] = {
	    {TARGET, "none", ""},
	    {TARGET, "all", "log no route to arp_ip_target " TARGET " and arp_validate is set"},
	    {TARGET6, "none", ""},
	    {TARGET6, "active", "log no route to ns_ip6_target " TARGET6 " and arp_validate is set"},
	};

	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct network net;
		struct fx *fx = monitoring(&net, "active-backup", cases[i].target);

		net.way = BOND_ROUTE_NONE;
		fx_set(fx, "arp_validate", cases[i].validate);
		fx_start(fx, 1);
		net_wait(fx, 250);
		g_assert_cmpuint(net.probes[0], ==, 3);
		g_assert_true(asks_for(&net.last, cases[i].target));
		g_assert_cmpmem(net.last.b + (i < 2 ? 28 : 22), 4, nobody, 4);
		fx_assert_trace(fx, "log no", cases[i].trace);
		fx_free(fx);
	}
}

/* A target that other interfaces lead to is not asked. */
static void
test_route_elsewhere(void)
{
	struct network net;
	struct fx *fx = monitoring(&net, "active-backup", TARGET);

	net.way = BOND_ROUTE_ELSEWHERE;
	fx_start(fx, 2);
	net_wait(fx, 250);
	g_assert_cmpuint(net.probes[0] + net.probes[1], ==, 0);
	fx_free(fx);
}

/* Who asks nobody hears nobody: that is worth a word, but not before the targets had time to be set. */
static void
test_no_targets(void)
{
	struct network net;
	struct fx *fx = monitoring(&net, "active-backup", TARGET);

	fx_start(fx, 1);
	net_wait(fx, 300);
	netlink(fx, "arp_ip_target", "");
	net_wait(fx, 300);
	fx_assert_trace(fx, "log ARP", "");
	fx_set(fx, "arp_interval", "50");
	net_wait(fx, 300);
	fx_assert_trace(fx, "log ARP", "log ARP monitoring has been set up, but no ARP targets have been specified");
	fx_clear(fx);
	netlink(fx, "ns_ip6_target", TARGET6);
	fx_set(fx, "arp_interval", "100");
	net_wait(fx, 300);
	fx_assert_trace(fx, "log ARP", "");
	fx_free(fx);
}

/* All targets of both kinds, each tick, in their order. */
static void
test_many_targets(void)
{
	struct network net;
	struct fx *fx = monitoring(&net, "active-backup", TARGET "," TARGET2);

	netlink(fx, "ns_ip6_target", STRANGER6 "," TARGET6);
	fx_start(fx, 1);
	net_wait(fx, 1);
	g_assert_cmpuint(net.probes[0], ==, 4);
	g_assert_true(asks_for(&net.last, TARGET6));
	fx_assert_trace(fx, "send", "send p0 42; send p0 42; send p0 86; send p0 86");
	fx_free(fx);
}

/* kernel-semantics 77: backups hear the solicitations of the active port only if they have joined their groups. */
static void
test_groups(void)
{
	struct network net;
	struct fx *fx = monitoring(&net, "active-backup", TARGET6);

	fx_set(fx, "primary_reselect", "failure");
	fx_start(fx, 2);
	fx_assert_trace(fx, "join,leave", "");
	fx_set(fx, "arp_validate", "backup");
	fx_assert_trace(fx, "join,leave", "join p1 33:33:ff:00:00:fe");
	fx_clear(fx);
	fx_set(fx, "active_slave", "p1");
	fx_assert_trace(fx, "join,leave", "join p0 33:33:ff:00:00:fe; leave p1 33:33:ff:00:00:fe");
	fx_clear(fx);
	/* Two targets of one group, and one of another. */
	netlink(fx, "ns_ip6_target", TARGET6 ",2001:db8:1::fe,2001:db8::1:2");
	fx_assert_trace(fx, "join,leave", "join p0 33:33:ff:01:00:02");
	fx_clear(fx);
	netlink(fx, "ns_ip6_target", "2001:db8::1:2");
	fx_assert_trace(fx, "join,leave", "leave p0 33:33:ff:00:00:fe");
	fx_clear(fx);
	fx_add(fx, 2);
	fx_assert_trace(fx, "join,leave", "join p2 33:33:ff:01:00:02");
	fx_clear(fx);
	fx_remove(fx, 0);
	fx_assert_trace(fx, "join,leave", "leave p0 33:33:ff:01:00:02");
	fx_clear(fx);
	fx_gone(fx, 2);
	fx_assert_trace(fx, "join,leave", "");
	fx_free(fx);
}

/* --- What counts --- */

enum kind {
	KIND_DATA,
	KIND_FOREIGN,  /* ARP or ND, but not between a target and us */
	KIND_ANSWER,   /* of a target to us */
	KIND_QUESTION, /* of our active port, come round by the switch */
	N_KINDS,
};

static struct frame
make(struct fx *fx, guint port, enum kind kind, gboolean ipv6)
{
	const struct bond_mac *to = &fx->devices[port].mac;

	switch (kind) {
	case KIND_FOREIGN:
		return ipv6 ? nd(to, 136, STRANGER6, US6) : arp(to, 2, STRANGER, US);
	case KIND_ANSWER:
		return ipv6 ? nd(to, 136, TARGET6, US6) : arp(to, 2, TARGET, US);
	case KIND_QUESTION:
		return ipv6 ? nd(&broadcast, 135, US6, "ff02::1:ff00:fe") : arp(&broadcast, 1, US, TARGET);
	default:
		return data(to);
	}
}

/* Whether p@judged stays up for a second of nothing but frames of @kind. In between p0 gets its answers. */
static gboolean
stays_up(const char *validate, guint judged, enum kind kind, gboolean ipv6)
{
	struct network net;
	struct fx *fx = monitoring(&net, "active-backup", ipv6 ? TARGET6 : TARGET);
	gboolean up = TRUE;

	silence(&net);
	net.cut[0] = TRUE;
	fx_set(fx, "arp_validate", validate);
	fx_start(fx, 2);
	for (guint i = 0; i < 20; i++) {
		struct frame good = make(fx, 0, KIND_ANSWER, ipv6);
		struct frame frame = make(fx, judged, kind, ipv6);

		if (judged != 0)
			arrive(&net, 0, &good);
		arrive(&net, judged, &frame);
		net_wait(fx, 50);
		up = up && fx_link(fx, judged) == BOND_LINK_UP;
	}
	fx_free(fx);
	return up;
}

/* kernel-semantics 74, 75 */
static void
test_validate(gconstpointer user)
{
	static const struct {
		const char *validate;
		const char *active; /* which kinds count on the active port: data, foreign, answer, question */
		const char *backup;
	} cases[] = {
	    {"none", "dfaq", "dfaq"}, {"active", "a", "dfaq"},	     {"backup", "dfaq", "q"},	    {"all", "a", "q"},
	    {"filter", "faq", "faq"}, {"filter_active", "a", "faq"}, {"filter_backup", "faq", "q"},
	};
	gboolean ipv6 = GPOINTER_TO_INT(user);

	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		for (enum kind kind = 0; kind < N_KINDS; kind++) {
			char letter = "dfaq"[kind];

			g_test_message("arp_validate %s, kind %c", cases[i].validate, letter);
			g_assert_cmpint(stays_up(cases[i].validate, 0, kind, ipv6), ==,
					strchr(cases[i].active, letter) != NULL);
			g_assert_cmpint(stays_up(cases[i].validate, 1, kind, ipv6), ==,
					strchr(cases[i].backup, letter) != NULL);
		}
	}
}

/* Whether the active port lives on such frames, all answers being checked. */
static gboolean
lives_on(const struct frame *frame, gboolean ipv6)
{
	struct network net;
	struct fx *fx = monitoring(&net, "active-backup", ipv6 ? TARGET6 : TARGET);
	gboolean up;

	silence(&net);
	fx_set(fx, "arp_validate", "all");
	fx_start(fx, 1);
	for (guint i = 0; i < 20; i++) {
		arrive(&net, 0, frame);
		net_wait(fx, 50);
	}
	up = fx_link(fx, 0) == BOND_LINK_UP && port_link_failure_count(fx_port(fx, 0)) == 0;
	fx_free(fx);
	return up;
}

/* kernel-semantics 74: what a target says to us, and nothing else. */
static void
test_validate_details(void)
{
	static const struct bond_mac own = {{0x02, 0, 0, 0, 0, 0x01}};
	static const struct bond_mac other = {{0x02, 0, 0, 0, 0, 0x77}};
	static const struct bond_mac all_nodes = {{0x33, 0x33, 0, 0, 0, 1}};
	struct frame broken = arp(&own, 2, TARGET, US);
	const struct {
		struct frame frame;
		gboolean ipv6;
		gboolean good;
	} cases[] = {
	    {arp(&own, 2, TARGET, US), FALSE, TRUE},
	    {arp(&broadcast, 1, TARGET, US), FALSE, TRUE},  /* it asks us: it is there */
	    {arp(&other, 2, TARGET, US), FALSE, FALSE},	    /* the switch floods what is for somebody else */
	    {arp(&own, 2, TARGET, STRANGER), FALSE, FALSE}, /* not ours */
	    {arp(&own, 2, "0.0.0.0", US), FALSE, FALSE},
	    {nd(&own, 136, TARGET6, US6), TRUE, TRUE},
	    {nd(&all_nodes, 136, TARGET6, ALL_NODES6), TRUE, TRUE},
	    {nd(&own, 136, "ff02::1:ff00:fe", US6), TRUE, TRUE}, /* by its solicited-node address */
	    {nd(&other, 136, TARGET6, US6), TRUE, FALSE},
	    {nd(&own, 136, "::", US6), TRUE, FALSE},
	    {nd(&own, 136, TARGET6, STRANGER6), TRUE, FALSE},
	};

	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_test_message("case %u", i);
		g_assert_cmpint(lives_on(&cases[i].frame, cases[i].ipv6), ==, cases[i].good);
	}
	broken.len -= 1;
	g_assert_false(lives_on(&broken, FALSE));
}

/* kernel-semantics 74: the questions of an active port that hears no answers prove nothing to the backups. */
static void
test_backup_needs_active_to_hear(void)
{
	struct network net;
	struct fx *fx = monitoring(&net, "active-backup", TARGET);

	silence(&net);
	fx_set(fx, "arp_validate", "all");
	fx_start(fx, 2);
	/* p0 asks, p1 hears it, and that is all. */
	net_wait(fx, 400);
	for (guint i = 0; i < 2; i++)
		g_assert_cmpuint(port_link_failure_count(fx_port(fx, i)), ==, 1);
	g_assert_cmpstr(fx_active(fx), ==, "none");
	fx_free(fx);
}

/* --- Verdicts --- */

/* A time stamp from another world says nothing. */
static void
test_stamp_of_the_future(void)
{
	struct network net;
	struct fx *fx = monitoring(&net, "active-backup", TARGET);

	fx_start(fx, 1);
	net_wait(fx, 1001);
	silence(&net);
	fx->devices[0].last_rx = fx->now + BOND_SEC;
	net_wait(fx, 100);
	g_assert_cmpint(fx_link(fx, 0), !=, BOND_LINK_UP);
	fx_free(fx);
}

/* miimon left the active port on its way down; whoever hears answers is up all the same. */
static void
test_after_miimon(void)
{
	struct network net;
	struct fx *fx = monitoring(&net, "active-backup", TARGET);

	fx_set(fx, "miimon", "100");
	fx_set(fx, "downdelay", "1000");
	fx_set(fx, "updelay", "1000");
	fx_start(fx, 2);
	net_wait(fx, 1100);
	fx_carrier(fx, 0, FALSE);
	assert_links(fx, "going down, up");
	fx_plug(fx, 0, TRUE);
	fx_set(fx, "arp_interval", "100");
	net_wait(fx, 200);
	assert_links(fx, "up, up");
	g_assert_cmpstr(fx_active(fx), ==, "p0");
	fx_assert_plan(fx, "one p0; rx p0");
	fx_free(fx);
}

/* kernel-semantics 70: half an interval of slack. */
static void
test_slack(void)
{
	for (guint age = 149; age <= 151; age++) {
		struct network net;
		struct fx *fx = monitoring(&net, "active-backup", TARGET);
		struct frame frame;

		fx_set(fx, "arp_missed_max", "1");
		fx_start(fx, 1);
		frame = data(&fx->devices[0].mac);
		net_wait(fx, 1001);
		silence(&net);
		/* The next ticks come in 100 and 200 ms. */
		net_wait(fx, 200 - age);
		arrive(&net, 0, &frame);
		deliver(fx);
		net_wait(fx, age - 1);
		g_assert_cmpint(fx_link(fx, 0), ==, BOND_LINK_UP);
		net_wait(fx, 1);
		g_assert_cmpint(fx_link(fx, 0) == BOND_LINK_UP, ==, age <= 150);
		fx_free(fx);
	}
}

/* kernel-semantics 71: missed_max intervals for the active port, one more for backups. */
static void
test_missed_max(void)
{
	for (guint missed = 1; missed <= 255; missed += missed < 5 ? 1 : 125) {
		g_autofree char *text = g_strdup_printf("%u", missed);
		struct network net;
		struct fx *fx = monitoring(&net, "active-backup", TARGET);

		fx_set(fx, "arp_missed_max", text);
		fx_start(fx, 3);
		net_wait(fx, 1001);
		net.cut[0] = TRUE;
		g_assert_cmpuint(until_down(fx, 0, 60000), ==, (missed + 1) * INTERVAL);
		g_assert_cmpstr(fx_active(fx), ==, "p1");
		net_wait(fx, 1000);
		net.cut[2] = TRUE;
		g_assert_cmpuint(until_down(fx, 2, 60000), ==, (missed + 2) * INTERVAL);
		g_assert_cmpstr(fx_active(fx), ==, "p1");
		fx_free(fx);
	}
}

/* kernel-semantics 71: who was just chosen has two intervals, and half a one, to hear something. */
static void
test_grace(void)
{
	struct network net;
	struct fx *fx = monitoring(&net, "active-backup", TARGET);
	struct frame noise;

	fx_set(fx, "arp_validate", "active");
	fx_set(fx, "arp_missed_max", "1");
	fx_start(fx, 2);
	noise = data(&fx->devices[1].mac);
	net_wait(fx, 1001);
	silence(&net);
	while (g_str_equal(fx_active(fx), "p0")) {
		arrive(&net, 1, &noise);
		net_wait(fx, 1);
	}
	g_assert_cmpstr(fx_active(fx), ==, "p1");
	g_assert_cmpuint(until_down(fx, 1, 10000), ==, 3 * INTERVAL);
	fx_free(fx);
}

/* A port that transmits nothing is down, whatever it hears: the active one sends no probes if no target is led to. */
static void
test_needs_tx(void)
{
	struct network net;
	struct fx *fx = monitoring(&net, "active-backup", TARGET);
	struct frame noise;

	fx_start(fx, 1);
	noise = data(&fx->devices[0].mac);
	net_wait(fx, 1001);
	net.way = BOND_ROUTE_ELSEWHERE;
	for (guint i = 0; i < 10; i++) {
		arrive(&net, 0, &noise);
		net_wait(fx, 50);
	}
	g_assert_cmpuint(port_link_failure_count(fx_port(fx, 0)), >, 0);
	fx_free(fx);
}

/* kernel-semantics 3: two ports lost in one tick lead to one choice. kernel-semantics 12: definite losses count. */
static void
test_one_choice(void)
{
	struct network net;
	struct fx *fx = monitoring(&net, "active-backup", TARGET);

	fx_set(fx, "arp_missed_max", "2");
	fx_start(fx, 3);
	net_wait(fx, 1001);
	/* p1 an interval before p0, because backups may miss one more. */
	net.cut[1] = TRUE;
	net_wait(fx, 100);
	net.cut[0] = TRUE;
	fx_clear(fx);
	net_wait(fx, 300);
	fx_assert_trace(fx, "event link,event active,publish,carrier",
			"publish; event link p0 down monitor; event link p1 down monitor; event active p0>p2 monitor");
	for (guint i = 0; i < 3; i++)
		g_assert_cmpuint(port_link_failure_count(fx_port(fx, i)), ==, i < 2 ? 1 : 0);
	fx_free(fx);
}

/* A port that comes back takes over only if it is the primary or has a higher prio (kernel-semantics 15). */
static void
test_coming_back(void)
{
	for (guint i = 0; i < 3; i++) {
		struct network net;
		struct fx *fx = monitoring(&net, "active-backup", TARGET);

		fx_start(fx, 2);
		if (i == 1)
			fx_set(fx, "primary", "p0");
		else if (i == 2)
			fx_set_port(fx, 0, "prio", "5");
		net_wait(fx, 1001);
		net.cut[0] = TRUE;
		net_wait(fx, 1000);
		assert_links(fx, "down, up");
		g_assert_cmpstr(fx_active(fx), ==, "p1");
		net.cut[0] = FALSE;
		net_wait(fx, 1000);
		assert_links(fx, "up, up");
		g_assert_cmpstr(fx_active(fx), ==, i == 0 ? "p1" : "p0");
		fx_free(fx);
	}
}

/* kernel-semantics 20: with this monitor only notifications that are sent are counted. */
static void
test_notifications(void)
{
	struct network net;
	struct fx *fx = monitoring(&net, "active-backup", TARGET);

	fx_set(fx, "num_grat_arp", "3");
	fx_start(fx, 2);
	net_wait(fx, 1001);
	net.cut[0] = TRUE;
	until_down(fx, 0, 1000);
	/* The peers hear of it before the first probe by the new port. */
	fx_assert_trace(fx, "notify,send p1", "notify p1; send p1 42");
	for (guint i = 2; i <= 5; i++) {
		net_wait(fx, 100);
		g_assert_cmpuint(fx->n_notified, ==, MIN(i, 3));
	}
	fx_free(fx);
}

/* --- The search for an active port --- */

/* kernel-semantics 72: one candidate each interval, the others are left alone; who answers first is it. */
static void
test_search(void)
{
	static const char *const states[] = {"down, going back, down", "down, going down, going back",
					     "going back, going down, going down"};
	struct network net;
	struct fx *fx = monitoring(&net, "active-backup", TARGET);

	fx_start(fx, 3);
	net_wait(fx, 1001);
	net.cut[0] = net.cut[1] = net.cut[2] = TRUE;
	while (!g_str_equal(fx_active(fx), "none"))
		net_wait(fx, 1);
	g_assert_false(fx->carrier);
	fx_assert_plan(fx, "drop; rx p1");
	memset(net.probes, 0, sizeof(net.probes));
	for (guint i = 0; i < G_N_ELEMENTS(states); i++) {
		assert_links(fx, states[i]);
		for (guint n = 0; n < 3; n++) {
			gboolean candidate = n == (i + 1) % 3;

			g_assert_cmpint(port_is_active(fx_port(fx, n)), ==, candidate);
			g_assert_cmpint(port_is_inactive(fx_port(fx, n)), ==, !candidate);
		}
		net_wait(fx, 100);
	}
	g_assert_cmpuint(net.probes[0], ==, 1);
	g_assert_cmpuint(net.probes[1], ==, 1);
	g_assert_cmpuint(net.probes[2], ==, 1);
	net.cut[1] = FALSE;
	fx_clear(fx);
	net_wait(fx, 400);
	g_assert_cmpstr(fx_active(fx), ==, "p1");
	fx_assert_trace(fx, "event active,carrier", "carrier on; event active none>p1 monitor");
	assert_links(fx, "going down, up, going down");
	net.cut[0] = FALSE;
	net_wait(fx, 400);
	assert_links(fx, "up, up, going down");
	g_assert_cmpstr(fx_active(fx), ==, "p1");
	fx_free(fx);
}

/* Devices that are down are not tried, and who is up without carrier loses its state. */
static void
test_search_skips(void)
{
	struct network net;
	struct fx *fx = monitoring(&net, "active-backup", TARGET);

	fx_set(fx, "arp_missed_max", "1");
	fx_start(fx, 4);
	net_wait(fx, 1001);
	silence(&net);
	for (guint i = 0; i < 4; i++) {
		net.cut[i] = TRUE;
		if (i != 2)
			fx_admin(fx, i, FALSE);
	}
	while (!g_str_equal(fx_active(fx), "none"))
		net_wait(fx, 1);
	memset(net.probes, 0, sizeof(net.probes));
	net_wait(fx, 1000);
	for (guint i = 0; i < 4; i++)
		g_assert_cmpuint(port_link_failure_count(fx_port(fx, i)), ==, 1);
	g_assert_cmpuint(net.probes[1] + net.probes[3], ==, 0);
	g_assert_cmpuint(net.probes[2], ==, 10);
	g_assert_cmpstr(fx_active(fx), ==, "none");
	fx_admin(fx, 2, FALSE);
	memset(net.probes, 0, sizeof(net.probes));
	net_wait(fx, 1000);
	g_assert_cmpuint(net.probes[2], ==, 0);
	fx_free(fx);
}

/* kernel-semantics 74: while searching an answer to the candidate may come by any port. */
static void
test_search_answer_elsewhere(void)
{
	struct network net;
	struct fx *fx = monitoring(&net, "active-backup", TARGET);
	struct frame reply;
	struct frame request;

	fx_set(fx, "arp_validate", "all");
	fx_start(fx, 3);
	silence(&net);
	net_wait(fx, 2000);
	g_assert_cmpstr(fx_active(fx), ==, "none");
	request = arp(&broadcast, 1, TARGET, US);
	for (guint i = 0; i < 3; i++) {
		if (port_is_active(fx_port(fx, i)))
			continue;
		arrive(&net, i, &request);
		deliver(fx);
		net_wait(fx, 100);
		g_assert_cmpstr(fx_active(fx), ==, "none");
		break;
	}
	for (guint i = 0; i < 3; i++) {
		if (port_is_active(fx_port(fx, i)))
			continue;
		reply = arp(&fx->devices[i].mac, 2, TARGET, US);
		arrive(&net, i, &reply);
		deliver(fx);
		net_wait(fx, 100);
		g_assert_cmpstr(fx_active(fx), ==, fx->devices[i].name);
		/* Who was tried just then, is not any more. */
		for (guint n = 0; n < 3; n++)
			g_assert_cmpint(port_is_active(fx_port(fx, n)), ==, n == i);
		break;
	}
	fx_free(fx);
}

/* The candidate leaves: the search goes on among the rest. */
static void
test_search_candidate_leaves(void)
{
	struct network net;
	struct fx *fx = monitoring(&net, "active-backup", TARGET);

	fx_start(fx, 3);
	silence(&net);
	net.cut[0] = net.cut[1] = net.cut[2] = TRUE;
	net_wait(fx, 1000);
	for (guint left = 3; left > 0; left--) {
		for (guint i = 0; i < 3; i++) {
			if (fx->devices[i].port == NULL || !port_is_active(fx_port(fx, i)))
				continue;
			if (left == 2)
				fx_gone(fx, i);
			else
				fx_remove(fx, i);
			break;
		}
		g_assert_cmpuint(bond_n_ports(fx->bond), ==, left - 1);
		net_wait(fx, 250);
	}
	fx_add(fx, 1);
	net.cut[1] = FALSE;
	net.answering[0] = TARGET;
	net_wait(fx, 500);
	g_assert_cmpstr(fx_active(fx), ==, "p1");
	fx_free(fx);
}

/* --- Targets --- */

/* kernel-semantics 76 */
static void
test_all_targets(void)
{
	static const struct {
		const char *all_targets;
		const char *validate;
		gboolean up;
	} cases[] = {
	    {"any", "all", TRUE},
	    {"all", "all", FALSE},
	    {"all", "active", FALSE},
	    {"all", "none", TRUE}, /* nobody looks who said something */
	};

	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct network net;
		struct fx *fx = monitoring(&net, "active-backup", TARGET "," TARGET2);

		fx_set(fx, "arp_validate", cases[i].validate);
		fx_set(fx, "arp_all_targets", cases[i].all_targets);
		net.answering[1] = TARGET2;
		fx_start(fx, 1);
		net_wait(fx, 1001);
		g_assert_cmpint(fx_link(fx, 0), ==, BOND_LINK_UP);
		g_assert_cmpuint(port_link_failure_count(fx_port(fx, 0)), ==, 0);
		net.answering[1] = NULL;
		net_wait(fx, 290);
		g_assert_cmpint(fx_link(fx, 0), ==, BOND_LINK_UP);
		net_wait(fx, 20);
		g_assert_cmpint(port_link_failure_count(fx_port(fx, 0)) == 0, ==, cases[i].up);
		fx_free(fx);
	}
}

/* kernel-semantics 76: whoever stands behind a removed target keeps its own time. */
static void
test_target_removed(void)
{
	struct network net;
	struct fx *fx = monitoring(&net, "active-backup", STRANGER "," TARGET "," TARGET2);

	fx_set(fx, "arp_validate", "all");
	fx_set(fx, "arp_all_targets", "all");
	net.answering[1] = TARGET2;
	fx_start(fx, 1);
	/* The stranger's silence brings it down; without him both of the rest are heard. */
	net_wait(fx, 550);
	g_assert_cmpint(fx_link(fx, 0), !=, BOND_LINK_UP);
	fx_set(fx, "arp_ip_target", "-" STRANGER);
	net_wait(fx, 100);
	g_assert_cmpint(fx_link(fx, 0), ==, BOND_LINK_UP);
	net_wait(fx, 1000);
	g_assert_cmpint(fx_link(fx, 0), ==, BOND_LINK_UP);
	/* And the times did not get mixed up: silence of either is noticed. */
	net.answering[1] = NULL;
	net_wait(fx, 400);
	g_assert_cmpint(fx_link(fx, 0), !=, BOND_LINK_UP);
	fx_free(fx);
}

/* A target that was just added counts as heard: it has not been asked yet. */
static void
test_target_added(void)
{
	struct network net;
	struct fx *fx = monitoring(&net, "active-backup", TARGET);

	fx_set(fx, "arp_validate", "all");
	fx_set(fx, "arp_all_targets", "all");
	fx_start(fx, 1);
	net_wait(fx, 1001);
	fx_set(fx, "arp_ip_target", "+" STRANGER);
	net_wait(fx, 250);
	g_assert_cmpint(fx_link(fx, 0), ==, BOND_LINK_UP);
	net_wait(fx, 100);
	g_assert_cmpuint(port_link_failure_count(fx_port(fx, 0)), ==, 1);
	fx_free(fx);
}

/* --- The other modes --- */

/* kernel-semantics 73: each port asks for itself, and lives on what it hears itself. */
static void
test_load_balancing(gconstpointer mode)
{
	struct network net;
	struct fx *fx = monitoring(&net, mode, TARGET);

	fx_start(fx, 3);
	net_wait(fx, 1000);
	for (guint i = 0; i < 3; i++)
		g_assert_cmpuint(net.probes[i], ==, 10);
	assert_links(fx, "up, up, up");
	net.cut[1] = TRUE;
	fx_clear(fx);
	g_assert_cmpuint(until_down(fx, 1, 1000), ==, 2 * INTERVAL + 1);
	fx_assert_trace(fx, "log,event link,event active,carrier",
			"log (slave p1): interface is now down; event link p1 down monitor");
	g_assert_true(port_is_inactive(fx_port(fx, 1)));
	g_assert_false(port_is_active(fx_port(fx, 1)));
	g_assert_false(bond_plan_receive(fx->plan, port_id(fx_port(fx, 1))));
	/* It goes on asking. */
	memset(net.probes, 0, sizeof(net.probes));
	net_wait(fx, 500);
	g_assert_cmpuint(net.probes[1], ==, 5);
	net.cut[1] = FALSE;
	fx_clear(fx);
	net_wait(fx, 250);
	assert_links(fx, "up, up, up");
	g_assert_true(port_is_active(fx_port(fx, 1)));
	fx_assert_trace(fx, "log", "log (slave p1): interface is now up");
	fx_free(fx);
}

/* kernel-semantics 73: it takes both, sending and hearing. */
static void
test_load_balancing_needs_both(gconstpointer mode)
{
	struct network net;
	struct fx *fx = monitoring(&net, mode, TARGET);
	struct frame noise;

	fx_start(fx, 2);
	noise = data(&fx->devices[0].mac);
	net_wait(fx, 1000);
	/* A device that is down sends no probes. */
	fx_admin(fx, 0, FALSE);
	for (guint i = 0; i < 10; i++) {
		arrive(&net, 0, &noise);
		net_wait(fx, 50);
	}
	assert_links(fx, "down, up");
	fx_admin(fx, 0, TRUE);
	net_wait(fx, 250);
	assert_links(fx, "up, up");
	fx_free(fx);
}

/* Who is down needs news from the last interval, whatever may be missed by who is up. */
static void
test_load_balancing_comes_up(gconstpointer mode)
{
	struct network net;
	struct fx *fx = monitoring(&net, mode, TARGET);

	fx_start(fx, 2);
	net_wait(fx, 1000);
	net.cut[0] = TRUE;
	until_down(fx, 0, 1000);
	fx_set(fx, "arp_missed_max", "20");
	net_wait(fx, 500);
	assert_links(fx, "down, up");
	fx_free(fx);
}

static void
test_load_balancing_all_down(gconstpointer mode)
{
	struct network net;
	struct fx *fx = monitoring(&net, mode, TARGET);

	fx_start(fx, 2);
	net_wait(fx, 1000);
	net.cut[0] = net.cut[1] = TRUE;
	fx_clear(fx);
	net_wait(fx, 1000);
	assert_links(fx, "down, down");
	fx_assert_trace(fx, "carrier,log",
			"carrier off; log (slave p0): interface is now down; log (slave p1): interface is now down; "
			"log now running without any active interface!");
	fx_clear(fx);
	net.cut[1] = FALSE;
	net_wait(fx, 1000);
	assert_links(fx, "down, up");
	fx_assert_trace(fx, "carrier,log",
			"carrier on; log (slave p1): link status definitely up; log active interface up!");
	fx_free(fx);
}

/* kernel-semantics 73 and 75: with arp_validate or its filter not any frame will do here either. */
static void
test_load_balancing_validate(gconstpointer mode)
{
	static const struct {
		const char *validate;
		const char *kinds; /* that keep a port alive */
	} cases[] = {{"none", "dfaq"}, {"active", "a"}, {"all", "a"}, {"filter", "faq"}, {"backup", "dfaq"}};

	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		for (enum kind kind = 0; kind < N_KINDS; kind++) {
			struct network net;
			struct fx *fx = monitoring(&net, mode, TARGET);
			char letter = "dfaq"[kind];

			silence(&net);
			fx_set(fx, "arp_validate", cases[i].validate);
			fx_start(fx, 1);
			for (guint n = 0; n < 20; n++) {
				struct frame frame = make(fx, 0, kind, FALSE);

				arrive(&net, 0, &frame);
				net_wait(fx, 50);
			}
			g_test_message("arp_validate %s, kind %c", cases[i].validate, letter);
			g_assert_cmpint(port_link_failure_count(fx_port(fx, 0)) == 0, ==,
					strchr(cases[i].kinds, letter) != NULL);
			fx_free(fx);
		}
	}
}

/* --- Nothing from outside hurts --- */

static void
test_frames_when_nobody_asks(void)
{
	struct network net;
	struct fx *fx = monitoring(&net, "active-backup", TARGET);
	struct frame frame = arp(&broadcast, 2, TARGET, US);

	fx_set(fx, "arp_interval", "0");
	fx_add(fx, 0);
	fx_receive(fx, 0, frame.b, frame.len);
	fx_up(fx, TRUE);
	fx_receive(fx, 0, frame.b, frame.len);
	fx_set(fx, "arp_validate", "all");
	fx_set(fx, "arp_interval", "100");
	for (gsize len = 0; len <= frame.len; len++)
		fx_receive(fx, 0, frame.b, len);
	g_assert_cmpint(fx_link(fx, 0), ==, BOND_LINK_UP);
	fx_free(fx);
}

static void
add_for_modes(const char *name, GTestDataFunc test)
{
	static const char *const modes[] = {"balance-rr", "balance-xor", "broadcast"};

	for (guint i = 0; i < G_N_ELEMENTS(modes); i++) {
		g_autofree char *path = g_strdup_printf("/arp-monitor/%s/%s", name, modes[i]);

		g_test_add_data_func(path, modes[i], test);
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/arp-monitor/first-state", test_first_state);
	g_test_add_func("/arp-monitor/exclude-each-other", test_monitors_exclude_each_other);
	g_test_add_func("/arp-monitor/validate-is-reset", test_validate_is_reset);
	g_test_add_func("/arp-monitor/clock", test_clock);
	g_test_add_func("/arp-monitor/plan-control", test_plan_control);
	g_test_add_func("/arp-monitor/source-and-tags", test_source_and_tags);
	g_test_add_func("/arp-monitor/no-route", test_no_route);
	g_test_add_func("/arp-monitor/route-elsewhere", test_route_elsewhere);
	g_test_add_func("/arp-monitor/no-targets", test_no_targets);
	g_test_add_func("/arp-monitor/many-targets", test_many_targets);
	g_test_add_func("/arp-monitor/groups", test_groups);
	g_test_add_data_func("/arp-monitor/validate/arp", GINT_TO_POINTER(FALSE), test_validate);
	g_test_add_data_func("/arp-monitor/validate/nd", GINT_TO_POINTER(TRUE), test_validate);
	g_test_add_func("/arp-monitor/validate/details", test_validate_details);
	g_test_add_func("/arp-monitor/validate/backup-needs-active", test_backup_needs_active_to_hear);
	g_test_add_func("/arp-monitor/stamp-of-the-future", test_stamp_of_the_future);
	g_test_add_func("/arp-monitor/after-miimon", test_after_miimon);
	g_test_add_func("/arp-monitor/slack", test_slack);
	g_test_add_func("/arp-monitor/missed-max", test_missed_max);
	g_test_add_func("/arp-monitor/grace", test_grace);
	g_test_add_func("/arp-monitor/needs-tx", test_needs_tx);
	g_test_add_func("/arp-monitor/one-choice", test_one_choice);
	g_test_add_func("/arp-monitor/coming-back", test_coming_back);
	g_test_add_func("/arp-monitor/notifications", test_notifications);
	g_test_add_func("/arp-monitor/search/turns", test_search);
	g_test_add_func("/arp-monitor/search/skips", test_search_skips);
	g_test_add_func("/arp-monitor/search/answer-elsewhere", test_search_answer_elsewhere);
	g_test_add_func("/arp-monitor/search/candidate-leaves", test_search_candidate_leaves);
	g_test_add_func("/arp-monitor/all-targets", test_all_targets);
	g_test_add_func("/arp-monitor/target-removed", test_target_removed);
	g_test_add_func("/arp-monitor/target-added", test_target_added);
	add_for_modes("each-port", test_load_balancing);
	add_for_modes("needs-both", test_load_balancing_needs_both);
	add_for_modes("comes-up", test_load_balancing_comes_up);
	add_for_modes("all-down", test_load_balancing_all_down);
	add_for_modes("validate", test_load_balancing_validate);
	g_test_add_func("/arp-monitor/frames-when-nobody-asks", test_frames_when_nobody_asks);
	return g_test_run();
}
