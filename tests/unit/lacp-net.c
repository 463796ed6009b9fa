/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lacp-net.h"

struct flight {
	struct net_end to;
	gsize len;
	guint8 frame[LACPDU_FRAME_SIZE];
};

static guint
side_of(const struct net *net, const struct fx *fx)
{
	for (guint side = 0; side < NET_MAX_SIDES; side++) {
		if (net->sides[side] == fx)
			return side;
	}
	g_assert_not_reached();
}

static void
note_lacpdu(struct net *net, guint side, guint port, const guint8 *frame, gsize len)
{
	struct lacpdu pdu;

	if (slow_parse(frame, len, &pdu) != SLOW_LACPDU)
		return;
	net->sent[side]++;
	net->seen[side] |= pdu.actor.state;
	net->last[side][port] = pdu;
}

/* Frames wait until the engine that sends them is done. */
static void
on_send(struct fx *fx, guint port, const guint8 *frame, gsize len)
{
	struct net *net = fx->network;
	guint side = side_of(net, fx);
	const struct net_end *far = &net->far[side][port];
	struct flight *flight;

	g_assert_cmpuint(len, ==, LACPDU_FRAME_SIZE);
	note_lacpdu(net, side, port, frame, len);
	if (!far->used || net->silent[side][port] || net->sides[far->side]->devices[far->port].port == NULL)
		return;
	flight = g_new0(struct flight, 1);
	flight->to = *far;
	flight->len = len;
	memcpy(flight->frame, frame, len);
	g_queue_push_tail(&net->flights, flight);
}

static void
deliver(struct net *net)
{
	struct flight *flight;

	while ((flight = g_queue_pop_head(&net->flights)) != NULL) {
		struct fx *fx = net->sides[flight->to.side];

		if (fx->devices[flight->to.port].port != NULL)
			fx_receive(fx, flight->to.port, flight->frame, flight->len);
		g_free(flight);
	}
}

struct net *
net_new(void)
{
	struct net *net = g_new0(struct net, 1);

	g_queue_init(&net->flights);
	return net;
}

void
net_free(struct net *net)
{
	for (guint side = 0; side < NET_MAX_SIDES; side++) {
		if (net->sides[side] == NULL)
			continue;
		net->sides[side]->on_send = NULL;
		fx_free(net->sides[side]);
	}
	g_queue_clear_full(&net->flights, g_free);
	g_free(net);
}

struct fx *
net_add(struct net *net, guint side, const char *const *settings)
{
	struct fx *fx = fx_new("mode", "802.3ad", "miimon", "100", NULL);

	for (; settings != NULL && settings[0] != NULL; settings += 2) {
		const char *const pair[] = {settings[0], settings[1], NULL};
		g_autoptr(GError) error = NULL;

		bond_set_options(fx->bond, pair, fx->now, &error);
		g_assert_no_error(error);
	}
	for (guint i = 0; i < FX_MAX_DEVICES; i++) {
		fx->devices[i].carrier = FALSE;
		fx->devices[i].mac.b[4] = fx->devices[i].born_mac.b[4] = (guint8) side;
	}
	fx->network = net;
	fx->on_send = on_send;
	net->sides[side] = fx;
	return fx;
}

struct fx *
net_replace(struct net *net, guint side, const char *const *settings)
{
	struct fx *old = net->sides[side];
	bond_time now = old->now;
	struct fx *fx;

	old->on_send = NULL;
	fx = net_add(net, side, settings);
	fx->now = now;
	for (guint i = 0; i < FX_MAX_DEVICES; i++)
		fx->devices[i].carrier = old->devices[i].carrier;
	fx_free(old);
	return fx;
}

static void
plug(struct net *net, guint side, guint port, gboolean carrier)
{
	struct fx *fx = net->sides[side];

	fx->devices[port].carrier = carrier;
	if (fx->devices[port].port != NULL)
		fx_carrier(fx, port, carrier);
}

void
net_unplug(struct net *net, guint side, guint port)
{
	struct net_end far = net->far[side][port];

	if (!far.used)
		return;
	net->far[side][port].used = FALSE;
	net->far[far.side][far.port].used = FALSE;
	plug(net, side, port, FALSE);
	plug(net, far.side, far.port, FALSE);
}

void
net_cable(struct net *net, guint side, guint port, guint far_side, guint far_port)
{
	net_unplug(net, side, port);
	net_unplug(net, far_side, far_port);
	net->far[side][port] = (struct net_end){TRUE, far_side, far_port};
	net->far[far_side][far_port] = (struct net_end){TRUE, side, port};
	plug(net, side, port, TRUE);
	plug(net, far_side, far_port, TRUE);
}

void
net_silence(struct net *net, guint side, guint port, gboolean silent)
{
	const struct net_end *far = &net->far[side][port];

	net->silent[side][port] = silent;
	net->silent[far->side][far->port] = silent;
}

struct net *
net_pair(const char *const *a, const char *const *b, guint n, guint ms)
{
	struct net *net = net_new();

	net_add(net, A, a);
	net_add(net, B, b);
	for (guint i = 0; i < n; i++)
		net_cable(net, A, i, B, i);
	fx_start(net->sides[A], n);
	fx_start(net->sides[B], n);
	deliver(net);
	net_wait(net, ms);
	return net;
}

static bond_time
next_deadline(const struct net *net)
{
	bond_time next = BOND_TIME_NEVER;

	for (guint side = 0; side < NET_MAX_SIDES; side++) {
		if (net->sides[side] != NULL)
			next = MIN(next, bond_next_deadline(net->sides[side]->bond));
	}
	return next;
}

static void
set_clocks(struct net *net, bond_time now)
{
	for (guint side = 0; side < NET_MAX_SIDES; side++) {
		if (net->sides[side] != NULL)
			net->sides[side]->now = now;
	}
}

static void
run_due(struct net *net)
{
	for (guint side = 0; side < NET_MAX_SIDES; side++) {
		struct fx *fx = net->sides[side];

		if (fx == NULL || bond_next_deadline(fx->bond) > fx->now)
			continue;
		net->runs[side]++;
		fx_run(fx);
		deliver(net);
	}
}

void
net_wait(struct net *net, guint ms)
{
	bond_time end = net->sides[A]->now + ms * BOND_MSEC;

	for (bond_time next; (next = next_deadline(net)) <= end;) {
		g_assert_cmpint(next, >=, net->sides[A]->now);
		set_clocks(net, next);
		run_due(net);
	}
	set_clocks(net, end);
}

void
net_stand_still(struct net *net, guint ms)
{
	set_clocks(net, net->sides[A]->now + ms * BOND_MSEC);
	run_due(net);
}

guint
net_wait_plan(struct net *net, const char *plan, guint ms)
{
	for (guint waited = 0; waited <= ms; waited += 10) {
		g_autofree char *now = fx_plan(net->sides[A]);

		if (g_str_equal(now, plan))
			return waited;
		net_wait(net, 10);
	}
	fx_assert_plan(net->sides[A], plan);
	return ms;
}

struct bond_lacp_info
net_info(struct net *net, guint side, guint port)
{
	struct bond_lacp_info info;

	g_assert_true(bond_port_lacp_info(fx_port(net->sides[side], port), &info));
	return info;
}

const char *
net_verdict(struct net *net, guint side, guint port)
{
	return bond_lacp_verdict_name(net_info(net, side, port).verdict.type);
}

void
net_set_speed(struct net *net, guint side, guint port, guint32 speed, enum bond_duplex duplex)
{
	net->sides[side]->devices[port].speed = speed;
	net->sides[side]->devices[port].duplex = duplex;
	fx_carrier(net->sides[side], port, TRUE);
}

struct net *
net_two_partners(const char *ad_select)
{
	static const char *const fast[] = {"lacp_rate", "fast", NULL};
	const char *const settings[] = {"lacp_rate", "fast", "ad_select", ad_select, NULL};
	struct net *net = net_new();

	net_add(net, A, settings);
	net_add(net, B, fast);
	net_add(net, C, fast);
	net->sides[A]->devices[0].speed = net->sides[A]->devices[1].speed = 10000;
	for (guint i = 0; i < 2; i++)
		net_cable(net, A, i, B, i);
	for (guint i = 0; i < 3; i++)
		net_cable(net, A, i + 2, C, i);
	fx_start(net->sides[A], 5);
	fx_start(net->sides[B], 2);
	fx_start(net->sides[C], 3);
	net_wait(net, 6000);
	return net;
}
