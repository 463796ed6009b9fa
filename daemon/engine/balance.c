/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "balance.h"

#include "rlb.h"

#define TICK		  (100 * BOND_MSEC)
#define TICKS_PER_SEC	  10
#define REBALANCE_SECONDS 10
#define REBALANCE_TICKS	  (REBALANCE_SECONDS * TICKS_PER_SEC)
#define PROMISC_TICKS	  (10 * TICKS_PER_SEC)
#define WORKERS_LOOK	  (30 * BOND_MSEC)

/* What the kernel's 32-bit arithmetic makes of a speed that is unknown, Mbit/s. */
#define UNKNOWN_SPEED 4095

/* --- The table ---
 *
 * The kernel assigns an entry of its table when the first frame for it comes: to the port with the largest gap between
 * its speed and the load of what has been assigned to it. Rebalancing only forgets the assignments (kernel-semantics
 * 39). We do the same beforehand, for all entries at once, so that no frame waits for the control thread.
 *
 * With what order? The kernel's is that in which frames come, and the busier an entry is, the sooner its next frame
 * comes: so we place entries that sent something in the last period first, the busiest first. Those that did not would
 * come later, if at all, and the kernel counts their load only then: they are spread by what they once sent, but do
 * not count as load before they send again. Entries that never sent anything weigh nothing, as in the kernel: until
 * the first rebalance all are on one port.
 *
 * Counters are of 64 bits: the kernel's load of a period wraps at 4 GiB, and a port of 10 Gbit/s counts as one of 1.8.
 */

static gint64
gap_of(const struct bond_port *port, const guint64 *load)
{
	gint64 speed = port->speed == BOND_SPEED_UNKNOWN ? UNKNOWN_SPEED : port->speed;

	return (speed << 20) - (gint64) (load[port->id] << 3);
}

/* tlb_get_least_loaded_slave() */
static struct bond_port *
least_loaded(const struct bond *bond, const guint64 *load)
{
	struct bond_port *best = NULL;
	struct bond_port *port;

	FOREACH_PORT (bond, port) {
		if (port_can_tx(port) && (best == NULL || gap_of(port, load) > gap_of(best, load)))
			best = port;
	}
	return best;
}

static int
compare_entries(gconstpointer a, gconstpointer b, gpointer user)
{
	const struct balance_entry *const *x = a;
	const struct balance_entry *const *y = b;

	if ((*x)->live != (*y)->live)
		return (*x)->live ? -1 : 1;
	if ((*x)->history != (*y)->history)
		return (*x)->history > (*y)->history ? -1 : 1;
	return *x < *y ? -1 : 1;
}

static void
place(struct bond *bond, struct balance_entry **entries, guint n)
{
	struct balance *balance = balance_of(bond);
	guint64 load[BOND_MAX_PORTS];

	g_qsort_with_data(entries, (gint) n, sizeof(*entries), compare_entries, NULL);
	memcpy(load, balance->load, sizeof(load));
	for (guint i = 0; i < n; i++) {
		struct balance_entry *entry = entries[i];

		entry->port = least_loaded(bond, load);
		if (entry->port == NULL)
			continue;
		load[entry->port->id] += entry->history;
		if (entry->live)
			balance->load[entry->port->id] += entry->history;
	}
}

/* Entries of a port that cannot send move on at once; the kernel loses a frame before it notices. */
void
balance_prepare_plan(struct bond *bond)
{
	struct balance *balance = balance_of(bond);
	struct balance_entry *entries[BOND_PLAN_TABLE_SIZE];
	struct bond_port *port;
	guint n = 0;

	FOREACH_PORT (bond, port) {
		if (!port_is_up(port))
			balance->joining |= G_GUINT64_CONSTANT(1) << port->id;
	}
	for (guint i = 0; i < BOND_PLAN_TABLE_SIZE; i++) {
		struct balance_entry *entry = &balance->entries[i];

		if (entry->port != NULL && port_can_tx(entry->port))
			continue;
		if (entry->port != NULL)
			balance->load[entry->port->id] = 0;
		entries[n++] = entry;
	}
	if (n > 0)
		place(bond, entries, n);
}

/* --- Loads --- */

struct totals {
	guint64 bytes[BOND_N_LOADS];
};

static void
read_totals(const struct bond *bond, struct totals *totals)
{
	memset(totals, 0, sizeof(*totals));
	if (bond->ops->loads != NULL)
		bond->ops->loads(bond->user, totals->bytes);
	for (guint i = 0; i < BOND_N_LOADS; i++)
		totals->bytes[i] += bond->control_state.loads[i];
}

/* tlb_init_table_entry(): what it sent becomes what it weighs. */
static void
save_load(struct balance_entry *entry, guint64 total)
{
	guint64 bytes = total - entry->mark;

	entry->mark = total;
	entry->live = bytes > 0;
	if (bytes > 0)
		entry->history = 1 + bytes / REBALANCE_SECONDS;
}

/* tlb_clear_slave(); @totals is %NULL if loads are not to be saved. */
static void
clear_port(struct balance *balance, const struct bond_port *port, const struct totals *totals)
{
	for (guint i = 0; i < BOND_PLAN_TABLE_SIZE; i++) {
		struct balance_entry *entry = &balance->entries[i];

		if (entry->port != port)
			continue;
		if (totals != NULL)
			save_load(entry, totals->bytes[i]);
		entry->port = NULL;
	}
	balance->load[port->id] = 0;
}

static gboolean
anything_sent(const struct balance *balance, const struct totals *totals)
{
	for (guint i = 0; i < BOND_PLAN_TABLE_SIZE; i++) {
		if (balance->entries[i].live || totals->bytes[i] != balance->entries[i].mark)
			return TRUE;
	}
	return totals->bytes[BOND_PLAN_TABLE_SIZE] != balance->unbalanced_mark;
}

static void
rebalance(struct bond *bond, gboolean ordered)
{
	struct balance *balance = balance_of(bond);
	struct bond_port *port;
	struct totals totals;

	read_totals(bond, &totals);
	if (!ordered && !anything_sent(balance, &totals))
		return;
	FOREACH_PORT (bond, port) {
		clear_port(balance, port, &totals);
		balance_is_heard(port);
	}
	if (bond->active != NULL) {
		guint64 total = totals.bytes[BOND_PLAN_TABLE_SIZE];

		balance->load[bond->active->id] = (total - balance->unbalanced_mark) / REBALANCE_SECONDS;
		balance->unbalanced_mark = total;
	}
	bond_mark_plan(bond);
}

/* tlb_initialize() */
static void
clear_table(struct bond *bond)
{
	struct balance *balance = balance_of(bond);
	struct totals totals;

	read_totals(bond, &totals);
	memset(balance->load, 0, sizeof(balance->load));
	for (guint i = 0; i < BOND_PLAN_TABLE_SIZE; i++)
		balance->entries[i] = (struct balance_entry){.mark = totals.bytes[i]};
	balance->unbalanced_mark = totals.bytes[BOND_PLAN_TABLE_SIZE];
}

/* --- The clock (bond_alb_monitor()) --- */

/* As the kernel multiplies: intervals of more than 214748364 s come out negative, and every tick is due. */
static gint64
learning_ticks(const struct bond *bond)
{
	return (gint32) ((guint32) bond->params.lp_interval * TICKS_PER_SEC);
}

static void
send_learning(struct bond *bond)
{
	struct bond_port *port;

	FOREACH_PORT (bond, port) {
		gboolean strict = port != bond->active || balance_of(bond)->rlb != NULL;

		balance_teach(bond, port, &port->mac, strict);
	}
}

static void
run_tick(struct bond *bond, gint64 passed, bond_time now)
{
	struct balance *balance = balance_of(bond);

	balance->lp_counter += passed;
	balance->rebalance_counter += passed;
	if (balance->lp_counter >= learning_ticks(bond)) {
		send_learning(bond);
		balance->lp_counter = 0;
	}
	if (balance->rebalance_counter >= REBALANCE_TICKS) {
		rebalance(bond, balance->ordered);
		balance->ordered = FALSE;
		balance->rebalance_counter = 0;
	}
	if (balance->n_lent > 0 && (balance->lent_counter += passed) >= PROMISC_TICKS) {
		balance->n_lent = 0;
		bond_mark_plan(bond);
	}
	if (balance->promisc != NULL && (balance->promisc_counter += passed) >= PROMISC_TICKS)
		balance_end_promisc(bond);
	if (balance->rlb != NULL)
		rlb_tick(bond, passed);
}

void
balance_run(struct bond *bond, bond_time now)
{
	struct balance *balance = balance_of(bond);
	gint64 tick;
	gint64 passed;

	if (!balance->ticking)
		return;
	tick = (now - balance->start) / TICK;
	passed = tick - balance->tick;
	if (passed <= 0)
		return;
	balance->tick = tick;
	if (bond->ports->len > 0) {
		run_tick(bond, passed, now);
		return;
	}
	balance->lp_counter = 0;
	balance->rebalance_counter = 0;
}

bond_time
balance_next_deadline(const struct bond *bond)
{
	const struct balance *balance = balance_of(bond);
	gint64 left;

	if (!balance->ticking || bond->ports->len == 0)
		return BOND_TIME_NEVER;
	left = learning_ticks(bond) - balance->lp_counter;
	if (bond->params.tlb_dynamic_lb)
		left = MIN(left, REBALANCE_TICKS - balance->rebalance_counter);
	if (balance->promisc != NULL)
		left = MIN(left, PROMISC_TICKS - balance->promisc_counter);
	if (balance->n_lent > 0)
		left = MIN(left, PROMISC_TICKS - balance->lent_counter);
	if (balance->rlb != NULL)
		left = MIN(left, rlb_ticks_left(balance->rlb));
	return balance->start + (balance->tick + MAX(1, left)) * TICK;
}

/*
 * At the next tick. Not if that is too near: workers look for
 * a device that comes up every 20 ms, and find there what the active port took meanwhile (balance_is_there()).
 */
static void
order_rebalance(struct bond *bond, bond_time now)
{
	struct balance *balance = balance_of(bond);
	bond_time next;

	balance_run(bond, now);
	next = balance->start + (balance->tick + 1) * TICK;
	balance->rebalance_counter = REBALANCE_TICKS - (balance->ticking && next - now < WORKERS_LOOK ? 1 : 0);
	balance->ordered = TRUE;
	if (balance->rlb != NULL)
		rlb_order_rebalance(balance->rlb);
}

/* --- Life --- */

int
balance_enter(struct bond *bond)
{
	struct balance *balance = g_new0(struct balance, 1);

	bond->mode_data = balance;
	if (bond->params.mode == BOND_MODE_ALB)
		balance->rlb = rlb_new();
	return 0;
}

void
balance_leave(struct bond *bond)
{
	struct balance *balance = balance_of(bond);

	g_clear_pointer(&balance->rlb, rlb_free);
	g_clear_pointer(&bond->mode_data, g_free);
}

void
balance_copy(const struct bond *from, struct bond *to)
{
	struct balance *balance = g_memdup2(balance_of(from), sizeof(*balance));

	for (guint i = 0; i < BOND_PLAN_TABLE_SIZE; i++)
		balance->entries[i].port = bond_twin(to, balance->entries[i].port);
	balance->promisc = bond_twin(to, balance->promisc);
	balance->swapped = bond_twin(to, balance->swapped);
	if (balance->rlb != NULL)
		balance->rlb = rlb_copy(balance->rlb, to);
	to->mode_data = balance;
}

/* With tlb_dynamic_lb=0 balance-tlb has nothing to do by the clock: the kernel sends no learning frames then. */
void
balance_up_changed(struct bond *bond, gboolean up, bond_time now)
{
	struct balance *balance = balance_of(bond);

	if (!up)
		balance_run(bond, now);
	balance->ticking = up && (bond->params.tlb_dynamic_lb || balance->rlb != NULL);
	if (!up)
		return;
	balance->start = now;
	balance->tick = -1;
	balance->n_lent = 0;
	balance->joining = 0;
	clear_table(bond);
	if (balance->rlb != NULL)
		rlb_clear(balance->rlb);
}

/* --- Ports --- */

gboolean
balance_nothing_usable(const struct bond *bond)
{
	const struct bond_port *port;

	FOREACH_PORT (bond, port) {
		if (port_can_tx(port))
			return FALSE;
	}
	return TRUE;
}

/* bond_alb_init_slave() */
int
balance_enslave(struct bond *bond, struct bond_port *port, bond_time now)
{
	int res = balance_give_mac(bond, port, now);

	if (res != 0)
		return res;
	port->backup = FALSE;
	port_set_inactive_flags(port);
	balance_of(bond)->joining |= G_GUINT64_CONSTANT(1) << port->id;
	order_rebalance(bond, now);
	return 0;
}

/* No plan may name it any more. */
void
balance_release(struct bond *bond, struct bond_port *port, bond_time now)
{
	balance_run(bond, now);
	clear_port(balance_of(bond), port, NULL);
}

/* bond_alb_deinit_slave() */
void
balance_detached(struct bond *bond, struct bond_port *port, bond_time now)
{
	if (bond->ports->len > 0)
		balance_return_mac(bond, port, now);
	if (balance_of(bond)->rlb == NULL)
		return;
	balance_lend(bond, &port->mac, FALSE);
	rlb_port_lost(bond, port);
}

/* bond_alb_handle_link_change() */
void
balance_link_up(struct bond *bond, struct bond_port *port, bond_time now)
{
	port->backup = FALSE;
	order_rebalance(bond, now);
}

void
balance_link_down(struct bond *bond, struct bond_port *port, bond_time now)
{
	balance_run(bond, now);
	clear_port(balance_of(bond), port, NULL);
	if (balance_of(bond)->rlb == NULL)
		return;
	/* Its frames find another way before anybody is told of it. */
	if (port != bond->active) {
		balance_lend(bond, &port->mac, TRUE);
		bond_publish(bond);
	}
	rlb_port_lost(bond, port);
}

/*
 * bond_alb_handle_active_change(). Entries of both ports are placed anew, and the plan that does it already has the
 * addresses as they will be, so that no frame leaves by one port with the other's (kernel-semantics 47).
 */
void
balance_active_changed(struct bond *bond, struct bond_port *old_port, struct bond_port *new_port, bond_time now)
{
	struct balance *balance = balance_of(bond);
	struct totals totals;

	balance_run(bond, now);
	balance_forget_known(bond);
	if (old_port != NULL)
		port_set_inactive_flags(old_port);
	if (new_port == NULL)
		return;
	port_set_active_flags(new_port);
	balance_swap_for_active(bond, old_port, new_port);
	read_totals(bond, &totals);
	if (balance->swapped != NULL)
		clear_port(balance, balance->swapped, &totals);
	clear_port(balance, new_port, &totals);
}

void
balance_announce(struct bond *bond, struct bond_port *old_port, struct bond_port *new_port, bond_time now)
{
	balance_end_promisc(bond);
	if (new_port == NULL)
		return;
	balance_announce_swap(bond, new_port, now);
	bond_start_igmp(bond, now);
}

/* --- The plan --- */

static void
add_absent(const struct bond *bond, struct bond_plan *plan)
{
	const struct balance *balance = balance_of(bond);
	const struct bond_port *port;

	FOREACH_PORT (bond, port) {
		if (balance_is_there(bond, port))
			continue;
		plan->absent[plan->n_absent++] = port->mac;
		if (plan->rx[port->id] == BOND_PLAN_RX_OWN)
			plan->rx[port->id] = BOND_PLAN_RX_EXACT;
	}
	for (guint i = 0; i < balance->n_lent; i++) {
		if (balance_stands_in(bond, &balance->lent[i]))
			plan->absent[plan->n_absent++] = balance->lent[i].mac;
	}
}

/* Only the current port has the bond's address on the wire; in balance-alb the others have clients of their own. */
static void
add_addresses(const struct bond *bond, struct bond_plan *plan)
{
	const struct bond_port *port;

	plan->bond_mac = bond->mac;
	FOREACH_PORT (bond, port) {
		plan->port_mac[port->id] = port->mac;
		if (port != bond->active)
			plan->source_ports |= G_GUINT64_CONSTANT(1) << port->id;
	}
	if (balance_of(bond)->rlb == NULL)
		return;
	plan->rewrite_destination = TRUE;
	plan->control = BOND_PLAN_COPY_ARP | BOND_PLAN_HAND_ARP;
	add_absent(bond, plan);
}

void
balance_build_plan(const struct bond *bond, struct bond_plan *plan)
{
	const struct balance *balance = balance_of(bond);
	const struct bond_port *port;

	add_addresses(bond, plan);
	if (plan->usable == 0)
		return;
	plan->tx = BOND_PLAN_BALANCE;
	plan->by_destination = bond->params.mode == BOND_MODE_ALB;
	plan->by_slots = !bond->params.tlb_dynamic_lb;
	if (bond->active != NULL && port_can_tx(bond->active))
		plan->unbalanced = bond->active->id;
	FOREACH_PORT (bond, port) {
		if (plan->by_slots && port_can_tx(port))
			plan_add_slot(plan, port);
	}
	for (guint i = 0; i < BOND_PLAN_TABLE_SIZE && !plan->by_slots; i++) {
		if (balance->entries[i].port != NULL)
			plan->table[i] = balance->entries[i].port->id;
	}
}
