/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The machines one by one. Each cell of each table is visited and counted; what it must lead to is written down here
 * once more, as the standard's diagrams and the kernel have it.
 */
#include "engine-fixture.h"
#include "engine/aggregator.h"
#include "engine/lacp.h"
#include "engine/lacpdu.h"

/* A bond with one port, whose machines have not run yet; the clock is at tick 1000. */
struct machine {
	struct fx *fx;
	struct lacp_port *p;
};

static const struct lacpdu HELLO = {
    .actor = {.system_priority = 1,
	      .system = {{2, 0, 0, 0, 9, 9}},
	      .key = 9,
	      .port_priority = 2,
	      .port_number = 3,
	      .state = 0x3f},
    .partner = {.system_priority = 65535,
		.system = {{2, 0, 0, 0, 0, 1}},
		.key = 9,
		.port_priority = 255,
		.port_number = 1,
		.state = 0x05},
};

static void
machine_init(struct machine *m)
{
	m->fx = fx_new("mode", "802.3ad", NULL);
	m->p = lacp_port(fx_add(m->fx, 0));
	m->p->system->tick = 1000;
	aggregator_select_port(m->p);
	m->p->begin = FALSE;
	m->p->ntt = FALSE;
	m->p->churned = FALSE;
}

static void
machine_clear(struct machine *m)
{
	fx_free(m->fx);
}

/* --- Receive machine: kernel-semantics 50 --- */

#define I LACP_RX_INITIALIZE
#define P LACP_RX_PORT_DISABLED
#define L LACP_RX_LACP_DISABLED
#define E LACP_RX_EXPIRED
#define D LACP_RX_DEFAULTED
#define C LACP_RX_CURRENT

/* INITIALIZE goes on to PORT_DISABLED by itself. */
static const enum lacp_rx_state rx_expected[LACP_RX_N_STATES][LACP_RX_N_EVENTS] = {
    /* BEGIN DOWN PDU PDU_OFF TIMEOUT IDLE IDLE_OFF */
    [I] = {P, P, P, P, P, P, P}, [P] = {P, P, E, L, P, E, L}, [L] = {P, P, L, L, L, L, L},
    [E] = {P, P, C, C, D, E, E}, [D] = {P, P, C, C, D, D, D}, [C] = {P, P, C, C, E, C, C},
};

#undef I
#undef P
#undef L
#undef E
#undef D
#undef C

static guint
visit_rx(void)
{
	guint n = 0;

	for (guint state = 0; state < LACP_RX_N_STATES; state++) {
		for (guint event = 0; event < LACP_RX_N_EVENTS; event++) {
			struct machine m;

			machine_init(&m);
			m.p->rx = state;
			g_test_message("rx %s event %u", lacp_rx_state_name(state), event);
			lacp_rx_step(m.p, event, &HELLO);
			g_assert_cmpint(m.p->rx, ==, rx_expected[state][event]);
			n++;
			machine_clear(&m);
		}
	}
	return n;
}

/* --- Periodic machine: kernel-semantics 51, 52 --- */

static const enum lacp_periodic_state periodic_expected[LACP_PERIODIC_N_STATES][LACP_PERIODIC_N_EVENTS] = {
    /* OFF, TIMEOUT, WANT_FAST, WANT_SLOW */
    [LACP_PERIODIC_NONE] = {LACP_PERIODIC_NONE, LACP_PERIODIC_FAST, LACP_PERIODIC_FAST, LACP_PERIODIC_FAST},
    [LACP_PERIODIC_FAST] = {LACP_PERIODIC_NONE, LACP_PERIODIC_TX, LACP_PERIODIC_FAST, LACP_PERIODIC_SLOW},
    [LACP_PERIODIC_SLOW] = {LACP_PERIODIC_NONE, LACP_PERIODIC_TX, LACP_PERIODIC_TX, LACP_PERIODIC_SLOW},
    [LACP_PERIODIC_TX] = {LACP_PERIODIC_NONE, LACP_PERIODIC_FAST, LACP_PERIODIC_FAST, LACP_PERIODIC_SLOW},
};

static guint
visit_periodic(void)
{
	guint n = 0;

	for (guint state = 0; state < LACP_PERIODIC_N_STATES; state++) {
		for (guint event = 0; event < LACP_PERIODIC_N_EVENTS; event++) {
			struct machine m;

			machine_init(&m);
			m.p->periodic = state;
			g_test_message("periodic %s event %u", lacp_periodic_state_name(state), event);
			lacp_periodic_step(m.p, event);
			g_assert_cmpint(m.p->periodic, ==, periodic_expected[state][event]);
			/* Who comes to TX sends; nobody else does. */
			g_assert_cmpint(m.p->ntt, ==, m.p->periodic == LACP_PERIODIC_TX && state != LACP_PERIODIC_TX);
			n++;
			machine_clear(&m);
		}
	}
	return n;
}

/* --- Mux machine: kernel-semantics 60, 62 --- */

#define D LACP_MUX_DETACHED
#define W LACP_MUX_WAITING
#define A LACP_MUX_ATTACHED
#define C LACP_MUX_COLLECTING
#define T LACP_MUX_DISTRIBUTING
#define B LACP_MUX_COLLECTING_DISTRIBUTING

static const enum lacp_mux_state mux_expected[LACP_N_CONTROLS][LACP_MUX_N_STATES][LACP_MUX_N_EVENTS] = {
    /* BEGIN UNSELECTED SELECTED READY OUT_OF_SYNC IN_SYNC PARTNER_COLLECTS */
    [LACP_INDEPENDENT] = {[D] = {D, D, W, W, W, W, W},
			  [W] = {D, D, W, A, W, W, W},
			  [A] = {D, D, A, A, A, C, C},
			  [C] = {D, A, C, C, A, C, T},
			  [T] = {D, C, T, T, C, C, T},
			  [B] = {D, A, B, B, A, B, B}},
    [LACP_COUPLED] = {[D] = {D, D, W, W, W, W, W},
		      [W] = {D, D, W, A, W, W, W},
		      [A] = {D, D, A, A, A, B, B},
		      [C] = {D, A, C, C, A, C, T},
		      [T] = {D, C, T, T, C, C, T},
		      [B] = {D, A, B, B, A, B, B}},
};

#undef D
#undef W
#undef A
#undef C
#undef T
#undef B

/* The bits that a state tells the partner; 0xff: those that it came with. */
static const guint8 mux_bits[LACP_MUX_N_STATES] = {
    [LACP_MUX_DETACHED] = 0,
    [LACP_MUX_WAITING] = 0xff,
    [LACP_MUX_ATTACHED] = LACP_STATE_SYNC,
    [LACP_MUX_COLLECTING] = LACP_STATE_SYNC | LACP_STATE_COLLECTING,
    [LACP_MUX_DISTRIBUTING] = LACP_STATE_SYNC | LACP_STATE_DISTRIBUTING,
    [LACP_MUX_COLLECTING_DISTRIBUTING] = LACP_STATE_SYNC | LACP_STATE_COLLECTING | LACP_STATE_DISTRIBUTING,
};

static void
visit_mux_cell(enum lacp_control control, enum lacp_mux_state state, enum lacp_mux_event event)
{
	const guint8 all = LACP_STATE_SYNC | LACP_STATE_COLLECTING | LACP_STATE_DISTRIBUTING;
	struct machine m;

	machine_init(&m);
	m.p->aggregator->is_active = TRUE;
	m.p->mux = state;
	g_test_message("mux %u %s event %u", control, lacp_mux_state_name(state), event);
	lacp_mux_step(m.p, control, event);
	g_assert_cmpint(m.p->mux, ==, mux_expected[control][state][event]);
	if (m.p->mux != state && mux_bits[m.p->mux] != 0xff)
		g_assert_cmphex(m.p->actor.state & all, ==, mux_bits[m.p->mux]);
	if (m.p->mux != state && m.p->mux == LACP_MUX_WAITING)
		g_assert_cmpuint(m.p->wait_while, ==, 1000 + LACP_WAIT_WHILE);
	machine_clear(&m);
}

static guint
visit_mux(void)
{
	guint n = 0;

	for (guint control = 0; control < LACP_N_CONTROLS; control++) {
		for (guint state = 0; state < LACP_MUX_N_STATES; state++) {
			for (guint event = 0; event < LACP_MUX_N_EVENTS; event++) {
				visit_mux_cell(control, state, event);
				n++;
			}
		}
	}
	return n;
}

/* --- Churn machines --- */

static const enum bond_lacp_churn churn_expected[LACP_CHURN_N_STATES][LACP_CHURN_N_EVENTS] = {
    /* RESTART, IN_SYNC, OUT_OF_SYNC */
    [BOND_LACP_MONITORING] = {BOND_LACP_MONITORING, BOND_LACP_NO_CHURN, BOND_LACP_CHURNED},
    [BOND_LACP_CHURNED] = {BOND_LACP_MONITORING, BOND_LACP_CHURNED, BOND_LACP_CHURNED},
    [BOND_LACP_NO_CHURN] = {BOND_LACP_MONITORING, BOND_LACP_NO_CHURN, BOND_LACP_NO_CHURN},
};

static guint
visit_churn(void)
{
	guint n = 0;

	for (guint state = 0; state < LACP_CHURN_N_STATES; state++) {
		for (guint event = 0; event < LACP_CHURN_N_EVENTS; event++) {
			struct lacp_churn churn = {.state = state, .timer = 77, .count = 5};

			g_test_message("churn %s event %u", bond_lacp_churn_name(state), event);
			lacp_churn_step(&churn, event, 1000);
			g_assert_cmpint(churn.state, ==, churn_expected[state][event]);
			g_assert_cmpuint(churn.timer, ==, event == LACP_CHURN_RESTART ? 1600 : 0);
			g_assert_cmpuint(churn.count, ==,
					 churn.state == BOND_LACP_CHURNED && state != BOND_LACP_CHURNED ? 6 : 5);
			n++;
		}
	}
	return n;
}

static void
test_every_cell(void)
{
	guint n = visit_rx() + visit_periodic() + visit_mux() + visit_churn();

	g_assert_cmpuint(n, ==, 6 * 7 + 4 * 4 + 2 * 6 * 7 + 3 * 3);
	g_test_message("%u cells", n);
}

/* --- What the conditions of a port mean to each machine --- */

static void
test_rx_events(void)
{
	struct machine m;

	machine_init(&m);
	m.p->begin = TRUE;
	m.p->enabled = FALSE;
	g_assert_cmpint(lacp_rx_event(m.p, &HELLO), ==, LACP_RX_BEGIN);
	m.p->begin = FALSE;
	g_assert_cmpint(lacp_rx_event(m.p, &HELLO), ==, LACP_RX_DOWN);
	m.p->enabled = TRUE;
	m.p->current_while = 1000;
	g_assert_cmpint(lacp_rx_event(m.p, &HELLO), ==, LACP_RX_PDU);
	g_assert_cmpint(lacp_rx_event(m.p, NULL), ==, LACP_RX_TIMEOUT);
	m.p->current_while = 1001;
	g_assert_cmpint(lacp_rx_event(m.p, NULL), ==, LACP_RX_IDLE);
	m.p->lacp_enabled = FALSE;
	g_assert_cmpint(lacp_rx_event(m.p, NULL), ==, LACP_RX_IDLE_OFF);
	g_assert_cmpint(lacp_rx_event(m.p, &HELLO), ==, LACP_RX_PDU_OFF);
	machine_clear(&m);
}

static void
test_periodic_events(void)
{
	struct machine m;

	machine_init(&m);
	m.p->partner.state = 0;
	g_assert_cmpint(lacp_periodic_event(m.p), ==, LACP_PERIODIC_WANT_SLOW);
	m.p->partner.state = LACP_STATE_TIMEOUT; /* the partner's bit, not ours: kernel-semantics 51 */
	g_assert_cmpint(lacp_periodic_event(m.p), ==, LACP_PERIODIC_WANT_FAST);
	m.p->periodic_timer = 1000;
	g_assert_cmpint(lacp_periodic_event(m.p), ==, LACP_PERIODIC_TIMEOUT);
	m.p->begin = TRUE;
	g_assert_cmpint(lacp_periodic_event(m.p), ==, LACP_PERIODIC_OFF);
	m.p->begin = FALSE;
	m.p->enabled = FALSE;
	g_assert_cmpint(lacp_periodic_event(m.p), ==, LACP_PERIODIC_OFF);
	m.p->enabled = TRUE;
	m.p->lacp_enabled = FALSE;
	g_assert_cmpint(lacp_periodic_event(m.p), ==, LACP_PERIODIC_OFF);
	m.p->lacp_enabled = TRUE;
	/* Two passive ends are silent; one active one is enough: kernel-semantics 52, 68. */
	m.p->actor.state &= (guint8) ~LACP_STATE_ACTIVITY;
	g_assert_cmpint(lacp_periodic_event(m.p), ==, LACP_PERIODIC_OFF);
	m.p->partner.state |= LACP_STATE_ACTIVITY;
	g_assert_cmpint(lacp_periodic_event(m.p), ==, LACP_PERIODIC_TIMEOUT);
	machine_clear(&m);
}

static void
test_mux_events(void)
{
	struct machine m;

	machine_init(&m);
	m.p->begin = TRUE;
	g_assert_cmpint(lacp_mux_event(m.p), ==, LACP_MUX_BEGIN);
	m.p->begin = FALSE;
	m.p->selected = FALSE;
	g_assert_cmpint(lacp_mux_event(m.p), ==, LACP_MUX_UNSELECTED);
	m.p->selected = TRUE;
	m.p->mux = LACP_MUX_WAITING;
	m.p->wait_while = 1010;
	m.p->ready = TRUE;
	g_assert_cmpint(lacp_mux_event(m.p), ==, LACP_MUX_SELECTED);
	m.p->wait_while = 0;
	g_assert_cmpint(lacp_mux_event(m.p), ==, LACP_MUX_READY);
	m.p->ready = FALSE;
	g_assert_cmpint(lacp_mux_event(m.p), ==, LACP_MUX_SELECTED);
	/* kernel-semantics 62: the partner in sync, the aggregator active, its selection over */
	m.p->mux = LACP_MUX_ATTACHED;
	m.p->aggregator->is_active = TRUE;
	m.p->system->selection_timer = 0;
	m.p->partner.state = 0;
	g_assert_cmpint(lacp_mux_event(m.p), ==, LACP_MUX_OUT_OF_SYNC);
	m.p->partner.state = LACP_STATE_SYNC;
	g_assert_cmpint(lacp_mux_event(m.p), ==, LACP_MUX_IN_SYNC);
	m.p->partner.state |= LACP_STATE_COLLECTING;
	g_assert_cmpint(lacp_mux_event(m.p), ==, LACP_MUX_PARTNER_COLLECTS);
	m.p->system->selection_timer = 1010;
	g_assert_cmpint(lacp_mux_event(m.p), ==, LACP_MUX_OUT_OF_SYNC);
	m.p->system->selection_timer = 0;
	m.p->aggregator->is_active = FALSE;
	g_assert_cmpint(lacp_mux_event(m.p), ==, LACP_MUX_OUT_OF_SYNC);
	/* Once there, our own word counts. */
	m.p->mux = LACP_MUX_COLLECTING_DISTRIBUTING;
	m.p->actor.state &= (guint8) ~LACP_STATE_SYNC;
	g_assert_cmpint(lacp_mux_event(m.p), ==, LACP_MUX_OUT_OF_SYNC);
	m.p->actor.state |= LACP_STATE_SYNC;
	g_assert_cmpint(lacp_mux_event(m.p), ==, LACP_MUX_PARTNER_COLLECTS);
	machine_clear(&m);
}

/* --- What entering a state does --- */

/* kernel-semantics 50: out of sync, and to be told every second; our own ears for 3 s */
static void
test_enter_expired(void)
{
	struct machine m;

	machine_init(&m);
	m.p->rx = LACP_RX_CURRENT;
	m.p->partner = HELLO.actor;
	m.p->partner.state &= (guint8) ~LACP_STATE_TIMEOUT;
	m.p->matched = TRUE;
	lacp_rx_step(m.p, LACP_RX_TIMEOUT, NULL);
	g_assert_cmphex(m.p->partner.state & (LACP_STATE_SYNC | LACP_STATE_TIMEOUT), ==, LACP_STATE_TIMEOUT);
	g_assert_true(lacp_has(&m.p->actor, LACP_STATE_EXPIRED));
	g_assert_false(m.p->matched);
	g_assert_true(m.p->churned);
	g_assert_cmpuint(m.p->current_while, ==, 1000 + 30);
	/* It is still known who it was. */
	g_assert_cmpuint(m.p->partner.key, ==, 9);
	machine_clear(&m);
}

/* kernel-semantics 66 */
static void
test_enter_defaulted(void)
{
	struct machine m;

	machine_init(&m);
	m.p->rx = LACP_RX_EXPIRED;
	m.p->partner = HELLO.actor;
	m.p->actor.state |= LACP_STATE_EXPIRED;
	m.p->selected = TRUE;
	lacp_rx_step(m.p, LACP_RX_TIMEOUT, NULL);
	g_assert_cmpuint(m.p->partner.system_priority, ==, 65535);
	g_assert_cmpuint(m.p->partner.key, ==, 1);
	g_assert_cmpuint(m.p->partner.port_number, ==, 1);
	g_assert_cmpuint(m.p->partner.port_priority, ==, 255);
	g_assert_cmpuint(m.p->partner.state, ==, 0);
	g_assert_true(bond_mac_is_zero(&m.p->partner.system));
	g_assert_cmphex(m.p->actor.state & (LACP_STATE_DEFAULTED | LACP_STATE_EXPIRED), ==, LACP_STATE_DEFAULTED);
	g_assert_true(m.p->matched);
	g_assert_false(m.p->selected); /* somebody else than before: kernel-semantics 55 */
	machine_clear(&m);
}

/* kernel-semantics 51: the timeout is by what we ask for */
static void
test_current_while(void)
{
	static const struct {
		guint8 state;
		guint ticks;
	} cases[] = {{0, 900}, {LACP_STATE_TIMEOUT, 30}};

	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct machine m;

		machine_init(&m);
		m.p->rx = LACP_RX_EXPIRED;
		m.p->actor.state = LACP_STATE_AGGREGATION | cases[i].state;
		lacp_port_receive(m.p, &HELLO);
		g_assert_cmpint(m.p->rx, ==, LACP_RX_CURRENT);
		g_assert_cmpuint(m.p->current_while, ==, 1000 + cases[i].ticks);
		machine_clear(&m);
	}
}

/* Makes @pdu what a partner says that knows our port @p. */
static void
know(struct lacpdu *pdu, const struct lacp_port *p)
{
	*pdu = HELLO;
	pdu->partner = p->actor;
}

/* One thing of six that the partner may have wrong about us. */
static void
spoil(struct bond_lacp_party *party, guint what)
{
	switch (what) {
	case 0:
		party->port_number++;
		break;
	case 1:
		party->port_priority++;
		break;
	case 2:
		party->system.b[5]++;
		break;
	case 3:
		party->system_priority++;
		break;
	case 4:
		party->key++;
		break;
	default:
		party->state ^= LACP_STATE_AGGREGATION;
		break;
	}
}

/* kernel-semantics 53 */
static void
test_matching(void)
{
	for (guint what = 0; what <= 6; what++) {
		struct machine m;
		struct lacpdu pdu;

		machine_init(&m);
		m.p->rx = LACP_RX_CURRENT;
		know(&pdu, m.p);
		if (what < 6)
			spoil(&pdu.partner, what);
		lacp_port_receive(m.p, &pdu);
		g_assert_cmpint(m.p->matched, ==, what == 6);
		g_assert_cmpint(lacp_has(&m.p->partner, LACP_STATE_SYNC), ==, what == 6);
		/* One that is to stay alone matches whatever it says. */
		pdu.actor.state &= (guint8) ~LACP_STATE_AGGREGATION;
		lacp_port_receive(m.p, &pdu);
		g_assert_true(m.p->matched);
		machine_clear(&m);
	}
}

/* kernel-semantics 54: we answer only if the partner has us wrong; two that answer each PDU would never stop. */
static void
test_ntt(void)
{
	static const guint8 bits[] = {LACP_STATE_ACTIVITY, LACP_STATE_TIMEOUT, LACP_STATE_SYNC, LACP_STATE_AGGREGATION};
	struct machine m;
	struct lacpdu pdu;

	machine_init(&m);
	m.p->rx = LACP_RX_CURRENT;
	know(&pdu, m.p);
	pdu.partner.state ^=
	    LACP_STATE_COLLECTING | LACP_STATE_DISTRIBUTING | LACP_STATE_DEFAULTED | LACP_STATE_EXPIRED;
	lacp_port_receive(m.p, &pdu);
	g_assert_false(m.p->ntt);
	for (guint i = 0; i < G_N_ELEMENTS(bits); i++) {
		know(&pdu, m.p);
		pdu.partner.state ^= bits[i];
		lacp_port_receive(m.p, &pdu);
		g_assert_true(m.p->ntt);
		m.p->ntt = FALSE;
	}
	for (guint what = 0; what < 5; what++) {
		know(&pdu, m.p);
		spoil(&pdu.partner, what);
		lacp_port_receive(m.p, &pdu);
		g_assert_true(m.p->ntt);
		m.p->ntt = FALSE;
	}
	machine_clear(&m);
}

/* kernel-semantics 55 */
static void
test_update_selected(void)
{
	for (guint what = 0; what < 6; what++) {
		struct machine m;
		struct lacpdu pdu;

		machine_init(&m);
		m.p->rx = LACP_RX_CURRENT;
		know(&pdu, m.p);
		lacp_port_receive(m.p, &pdu);
		m.p->selected = TRUE;
		lacp_port_receive(m.p, &pdu);
		g_assert_true(m.p->selected);
		spoil(&pdu.actor, what);
		lacp_port_receive(m.p, &pdu);
		g_assert_false(m.p->selected);
		machine_clear(&m);
	}
}

/* kernel-semantics 56: what we have sent ourselves is not believed */
static void
test_loopback(void)
{
	struct machine m;
	struct lacpdu pdu;

	machine_init(&m);
	m.p->rx = LACP_RX_EXPIRED;
	know(&pdu, m.p);
	pdu.actor.system = m.p->actor.system;
	fx_clear(m.fx);
	lacp_port_receive(m.p, &pdu);
	lacp_port_receive(m.p, &pdu);
	g_assert_true(m.p->loopback);
	g_assert_true(bond_mac_is_zero(&m.p->partner.system));
	fx_assert_trace(m.fx, "log",
			"log (slave p0): An illegal loopback occurred on slave. Check the configuration to verify that "
			"all adapters are connected to 802.3ad compliant switch ports");
	know(&pdu, m.p);
	lacp_port_receive(m.p, &pdu);
	g_assert_false(m.p->loopback);
	machine_clear(&m);
}

/* --- Times (kernel-semantics 48, 49) --- */

/* The ticks at which the port would send, from now on, with something to say each time. Open vSwitch has no such limit
 * (kernel-semantics 69). */
static void
test_tx_gap(void)
{
	struct machine m;
	guint n = 0;

	machine_init(&m);
	m.p->tx_phase = 1000;
	for (lacp_tick tick = 1001; tick <= 1030; tick++)
		n += lacp_tx_is_open(m.p, tick) ? 1 : 0;
	g_assert_cmpuint(n, ==, 10); /* three a second */
	m.p->ntt = TRUE;
	g_assert_cmpuint(lacp_port_next_tick(m.p, 1000), ==, 1003);
	g_assert_cmpuint(lacp_port_next_tick(m.p, 1002), ==, 1003);
	g_assert_cmpuint(lacp_port_next_tick(m.p, 1003), ==, 1006);
	m.p->lacp_enabled = FALSE;
	g_assert_cmpuint(lacp_port_next_tick(m.p, 1003), ==, LACP_TICK_NEVER);
	machine_clear(&m);
}

/* A port whose timers alone are left sleeps until the first of them. */
static void
test_next_tick(void)
{
	struct machine m;

	machine_init(&m);
	g_assert_cmpuint(lacp_port_next_tick(m.p, 1000), ==, LACP_TICK_NEVER);
	m.p->current_while = 1900;
	m.p->periodic_timer = 1299;
	m.p->actor_churn.timer = 1600;
	g_assert_cmpuint(lacp_port_next_tick(m.p, 1000), ==, 1299);
	m.p->periodic_timer = 0;
	g_assert_cmpuint(lacp_port_next_tick(m.p, 1000), ==, 1600);
	m.p->wait_while = 1020; /* left over; only WAITING looks at it */
	g_assert_cmpuint(lacp_port_next_tick(m.p, 1000), ==, 1600);
	m.p->mux = LACP_MUX_WAITING;
	g_assert_cmpuint(lacp_port_next_tick(m.p, 1000), ==, 1020);
	/* One that is over is due in the next tick. */
	g_assert_cmpuint(lacp_port_next_tick(m.p, 1050), ==, 1051);
	machine_clear(&m);
}

/* --- Keys (kernel-semantics 57) --- */

static void
test_keys(void)
{
	static const struct {
		guint32 speed;
		guint16 key;
	} cases[] = {{10, 5},	   {100, 7},	 {1000, 9},    {2500, 11},   {5000, 13},  {10000, 15},
		     {14000, 17},  {20000, 19},	 {25000, 21},  {40000, 23},  {50000, 25}, {56000, 27},
		     {100000, 29}, {200000, 31}, {400000, 33}, {800000, 35}, {1, 1},	  {123, 1}};

	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct fx *fx = fx_new("mode", "802.3ad", "ad_user_port_key", "5", NULL);
		const struct lacp_port *p;

		fx->devices[0].speed = fx->devices[1].speed = cases[i].speed;
		fx->devices[1].duplex = BOND_DUPLEX_HALF;
		p = lacp_port(fx_add(fx, 0));
		g_assert_cmpuint(p->actor.key, ==, 5 << 6 | cases[i].key);
		g_assert_true(p->lacp_enabled);
		p = lacp_port(fx_add(fx, 1));
		g_assert_cmpuint(p->actor.key, ==, 5 << 6 | (cases[i].key & ~1));
		g_assert_false(p->lacp_enabled);
		fx_free(fx);
	}
}

/* Another speed starts anew; losing it, or the link, does not. */
static void
test_key_changes(void)
{
	struct machine m;

	machine_init(&m);
	m.p->port->speed = 10000;
	lacp_port_update_keys(m.p, FALSE);
	g_assert_true(m.p->begin);
	m.p->begin = FALSE;
	m.p->port->speed = BOND_SPEED_UNKNOWN;
	m.p->port->duplex = BOND_DUPLEX_UNKNOWN;
	lacp_port_update_keys(m.p, FALSE);
	g_assert_false(m.p->begin);
	g_assert_false(m.p->lacp_enabled);
	g_assert_cmpuint(m.p->actor.key, ==, 0);
	m.p->port->speed = 1000;
	m.p->port->duplex = BOND_DUPLEX_FULL;
	lacp_port_update_keys(m.p, FALSE);
	g_assert_true(m.p->begin);
	m.p->begin = FALSE;
	lacp_port_update_keys(m.p, TRUE);
	g_assert_false(m.p->begin);
	g_assert_cmpuint(m.p->actor.key, ==, 0);
	machine_clear(&m);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/lacp/every-cell", test_every_cell);
	g_test_add_func("/lacp/events/rx", test_rx_events);
	g_test_add_func("/lacp/events/periodic", test_periodic_events);
	g_test_add_func("/lacp/events/mux", test_mux_events);
	g_test_add_func("/lacp/rx/expired", test_enter_expired);
	g_test_add_func("/lacp/rx/defaulted", test_enter_defaulted);
	g_test_add_func("/lacp/rx/current-while", test_current_while);
	g_test_add_func("/lacp/rx/matching", test_matching);
	g_test_add_func("/lacp/rx/ntt", test_ntt);
	g_test_add_func("/lacp/rx/selected", test_update_selected);
	g_test_add_func("/lacp/rx/loopback", test_loopback);
	g_test_add_func("/lacp/times/tx-gap", test_tx_gap);
	g_test_add_func("/lacp/times/next-tick", test_next_tick);
	g_test_add_func("/lacp/keys/speeds", test_keys);
	g_test_add_func("/lacp/keys/changes", test_key_changes);
	return g_test_run();
}
