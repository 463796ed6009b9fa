/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "order.h"

#include "wire.h"

#include "engine/lacp.h"
#include "engine/wire.h"

#define TYPE_SLOW_PROTOCOLS 0x8809
#define SUBTYPE_LACP	    1
/* Of an LACPDU: both parties have the same fields. */
#define ACTOR		   (WIRE_ETH_HEADER + 4)
#define PARTNER		   (WIRE_ETH_HEADER + 24)
#define ACTOR_SYSTEM	   2
#define ACTOR_STATE	   14
#define ACTOR_LENGTH	   15
#define STATES_TO_AGREE_ON (LACP_STATE_ACTIVITY | LACP_STATE_TIMEOUT | LACP_STATE_AGGREGATION | LACP_STATE_SYNC)
#define TICK		   (100 * BOND_MSEC)
/* Ticks of the recorded kernel fall where its jiffies are a multiple of 8; what is said elsewhere answers to a command.
 * The first one comes 101 to 108 of its milliseconds after the bond went up; the log's times are rounded. */
#define JIFFIES_OF_TICKS (8 * BOND_MSEC)
#define ACCURACY	 (BOND_MSEC / 10)
#define FIRST_TICK_MIN	 (95 * BOND_MSEC)
#define FIRST_TICK_MAX	 (106 * BOND_MSEC)

/* A tick in which both ends of a cable spoke. */
struct hint {
	bond_time at; /* on the engine's clock */
	gboolean partner_first;
	enum order_hearing hearing;
	gboolean constant; /* the order stays from tick to tick, as far as it can be seen here */
};

/* Somebody had a tick. */
struct speech {
	bond_time at; /* on the engine's clock */
	enum device_side side;
	struct bond_mac system;
};

struct order {
	GHashTable *wires; /* name of a far end -> GArray of struct hint */
	GArray *speeches;
	struct order_guess guess;
};

/* --- What was said --- */

/* The tick of that moment on the engine's clock, or BOND_TIME_NEVER if there is none. */
static bond_time
tick_at(const struct scenario *scenario, bond_time at)
{
	bond_time tick =
	    (scenario->t0 + at + JIFFIES_OF_TICKS / 2) / JIFFIES_OF_TICKS * JIFFIES_OF_TICKS - scenario->t0;

	return ABS(tick - at) <= ACCURACY ? scenario_engine_time(&scenario->clock, tick) : BOND_TIME_NEVER;
}

static gboolean
is_lacpdu(const guint8 *data, gsize len)
{
	return len >= PARTNER + ACTOR_LENGTH && wire_get16(data + 2 * BOND_ETH_ALEN) == TYPE_SLOW_PROTOCOLS &&
	       data[WIRE_ETH_HEADER] == SUBTYPE_LACP;
}

/* Whether the sender knows whom it talks to, as ports do: all but the state, of which only aggregation counts. */
static gboolean
means(const guint8 *data, const guint8 *receiver)
{
	return memcmp(data + PARTNER, receiver + ACTOR, ACTOR_STATE) == 0 &&
	       ((data[PARTNER + ACTOR_STATE] ^ receiver[ACTOR + ACTOR_STATE]) & LACP_STATE_AGGREGATION) == 0;
}

/* What an LACPDU says of a sender: all that it said last, but for synchronization with somebody else. */
static gboolean
knows(const guint8 *data, const guint8 *sender)
{
	guint8 state = sender[ACTOR + ACTOR_STATE];

	if (!means(sender, data))
		state &= (guint8) ~LACP_STATE_SYNC;
	return memcmp(data + PARTNER, sender + ACTOR, ACTOR_STATE) == 0 && data[PARTNER + ACTOR_STATE] == state;
}

static gboolean
knows_nobody(const guint8 *data)
{
	static const guint8 zero[BOND_ETH_ALEN];

	return memcmp(data + PARTNER + ACTOR_SYSTEM, zero, sizeof(zero)) == 0;
}

/* Whether @second would have to say so if it heard @first: what is said of it there is not true. */
static gboolean
contradicts(const guint8 *first, const guint8 *second)
{
	return !means(first, second) ||
	       ((first[PARTNER + ACTOR_STATE] ^ second[ACTOR + ACTOR_STATE]) & STATES_TO_AGREE_ON) != 0;
}

/* When the second one to speak in a tick heard the first; @again: whether it spoke as soon as it could after that. */
static enum order_hearing
find_hearing(const guint8 *before, const guint8 *first, const guint8 *second, gboolean again)
{
	gboolean news = before == NULL || memcmp(before + ACTOR, first + ACTOR, ACTOR_LENGTH) != 0;

	if (knows_nobody(second)) /* or its port was not enabled yet, and heard nothing */
		return again ? ORDER_HEARS_BEHIND : ORDER_HEARS_NOTHING;
	if (!knows(second, first))
		return ORDER_HEARS_BEHIND;
	if (news)
		return ORDER_HEARS_AT_ONCE;
	if (contradicts(first, second))
		return again ? ORDER_HEARS_BEHIND : ORDER_HEARS_AT_ONCE;
	return ORDER_HEARS_UNKNOWN;
}

/* --- Captures --- */

struct said {
	struct speech speech;
	const guint8 *data;
};

static GArray *
read_said(const struct scenario *scenario, GPtrArray *frames, const struct bond_mac *far_mac)
{
	GArray *result = g_array_new(FALSE, FALSE, sizeof(struct said));

	for (guint i = 0; i < frames->len; i++) {
		const struct wire_frame *frame = g_ptr_array_index(frames, i);
		struct said said = {.speech.at = tick_at(scenario, frame->at)};
		gsize len;

		said.data = g_bytes_get_data(frame->bytes, &len);
		if (said.speech.at == BOND_TIME_NEVER || !is_lacpdu(said.data, len))
			continue;
		said.speech.side =
		    memcmp(said.data + BOND_ETH_ALEN, far_mac->b, BOND_ETH_ALEN) == 0 ? SIDE_SWITCH : SIDE_HOST;
		memcpy(said.speech.system.b, said.data + ACTOR + ACTOR_SYSTEM, BOND_ETH_ALEN);
		g_array_append_val(result, said);
	}
	return result;
}

/* What @side said next to the n-th LACPDU, before (@step -1) or after it; NULL: nothing. */
static const struct said *
neighbour_of(const GArray *all, guint n, enum device_side side, int step)
{
	for (guint i = n + (guint) step; i < all->len; i += (guint) step)
		if (g_array_index(all, struct said, i).speech.side == side)
			return &g_array_index(all, struct said, i);
	return NULL;
}

static guint
ticks_between(bond_time from, bond_time to)
{
	return (guint) ((ABS(to - from) + TICK / 2) / TICK);
}

/* Both ends spoke in a tick: the n-th LACPDU answers the one before it. */
static struct hint
read_tick(const GArray *all, guint n)
{
	const struct said *second = &g_array_index(all, struct said, n);
	const struct said *first = second - 1;
	const struct said *before = neighbour_of(all, n - 1, first->speech.side, -1);
	const struct said *next = neighbour_of(all, n, second->speech.side, 1);
	gboolean again = next != NULL && ticks_between(second->speech.at, next->speech.at) <= LACP_TX_GAP;

	return (struct hint){
	    .at = first->speech.at,
	    .partner_first = first->speech.side == SIDE_SWITCH,
	    .hearing = find_hearing(before != NULL ? before->data : NULL, first->data, second->data, again),
	};
}

static void
read_wire(struct order *order, GArray *hints, const GArray *all)
{
	for (guint i = 0; i < all->len; i++) {
		const struct said *said = &g_array_index(all, struct said, i);
		struct hint hint;

		g_array_append_val(order->speeches, said->speech);
		if (i == 0 || said[-1].speech.at != said->speech.at || said[-1].speech.side == said->speech.side)
			continue;
		hint = read_tick(all, i);
		g_array_append_val(hints, hint);
	}
}

/* Timers that are armed for the same moment mostly fire last in, first out: who was first in one tick is last in the
 * next. Some keep their order: they run one behind the other anyway. */
static void
find_constants(GArray *hints)
{
	gboolean constant = FALSE;

	for (guint i = 0; i + 1 < hints->len; i++) {
		struct hint *hint = &g_array_index(hints, struct hint, i);
		const struct hint *next = hint + 1;

		if (ticks_between(hint->at, next->at) % 2 != 0)
			constant = hint->partner_first == next->partner_first;
		hint->constant = constant;
		g_array_index(hints, struct hint, i + 1).constant = constant;
	}
}

/* "wire-p0p.pcap" */
static void
load_wire(struct order *order, const struct scenario *scenario, const char *file)
{
	g_autofree char *path = g_build_filename(scenario->folder, file, NULL);
	g_autofree char *name = g_strndup(file + strlen("wire-"), strlen(file) - strlen("wire-.pcap"));
	g_autoptr(GHashTable) nobody = g_hash_table_new(NULL, NULL);
	g_autoptr(GPtrArray) frames = wire_load(path, nobody, NULL);
	struct bond_mac far_mac = world_far_mac(name);
	GArray *hints = g_array_new(FALSE, FALSE, sizeof(struct hint));

	if (frames != NULL) {
		g_autoptr(GArray) all = read_said(scenario, frames, &far_mac);

		read_wire(order, hints, all);
	}
	find_constants(hints);
	g_hash_table_insert(order->wires, g_steal_pointer(&name), hints);
}

struct order *
order_load(const struct scenario *scenario, const struct order_guess *guess)
{
	struct order *order = g_new0(struct order, 1);
	g_autoptr(GDir) dir = g_dir_open(scenario->folder, 0, NULL);
	const char *file;

	order->wires = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_array_unref);
	order->speeches = g_array_new(FALSE, FALSE, sizeof(struct speech));
	order->guess = *guess;
	while (dir != NULL && (file = g_dir_read_name(dir)) != NULL)
		if (g_str_has_prefix(file, "wire-") && g_str_has_suffix(file, ".pcap"))
			load_wire(order, scenario, file);
	return order;
}

void
order_free(struct order *order)
{
	g_hash_table_unref(order->wires);
	g_array_unref(order->speeches);
	g_free(order);
}

/* --- Who is first --- */

/* The last tick up to @at of all cables to the partner, or the first one behind it. */
static const struct hint *
find_hint(const struct order *order, const struct device *partner, bond_time at, gboolean before)
{
	const struct hint *best = NULL;

	for (guint i = 0; i < partner->world->devices->len; i++) {
		const struct device *device = g_ptr_array_index(partner->world->devices, i);
		const GArray *hints =
		    device->master == partner ? g_hash_table_lookup(order->wires, device->name) : NULL;

		for (guint n = 0; hints != NULL && n < hints->len; n++) {
			const struct hint *hint = &g_array_index(hints, struct hint, n);

			if ((hint->at <= at + TICK / 2) != before)
				continue;
			if (best == NULL || (before ? hint->at > best->at : hint->at < best->at))
				best = hint;
		}
	}
	return best;
}

static gboolean
conclude(const struct hint *hint, bond_time at)
{
	gboolean other = !hint->constant && ticks_between(hint->at, at) % 2 != 0;

	return hint->partner_first != other;
}

static gboolean
is_spoken_by(const struct speech *speech, const struct device *bond)
{
	const struct bond_mac *chosen = &bond_get_params(bond->bond)->ad_actor_system;

	/* The host's bond has a random address until its first port comes. */
	if (bond->side == SIDE_HOST || speech->side == SIDE_HOST)
		return speech->side == bond->side;
	return bond_mac_equal(&speech->system, bond_mac_is_zero(chosen) ? &bond->mac : chosen);
}

bond_time
order_first_tick(const struct order *order, const struct device *bond, bond_time went_up)
{
	for (guint i = 0; i < order->speeches->len; i++) {
		const struct speech *speech = &g_array_index(order->speeches, struct speech, i);
		bond_time first;

		if (!is_spoken_by(speech, bond) || speech->at < went_up + FIRST_TICK_MIN)
			continue;
		first = went_up + FIRST_TICK_MIN + (speech->at - went_up - FIRST_TICK_MIN) % TICK;
		if (first <= went_up + FIRST_TICK_MAX)
			return first;
	}
	return BOND_TIME_NEVER;
}

gboolean
order_partner_first(const struct order *order, const struct device *partner, bond_time at)
{
	const struct hint *last = find_hint(order, partner, at, TRUE);
	const struct hint *next = find_hint(order, partner, at, FALSE);
	gboolean early;

	if (last != NULL && ticks_between(last->at, at) == 0)
		return last->partner_first;
	if (last == NULL && next == NULL)
		return (ticks_between(partner->ticks, at) % 2 != 0) != order->guess.other;
	if (last == NULL || next == NULL)
		return conclude(last != NULL ? last : next, at) != order->guess.other;
	early = ticks_between(last->at, at) * (ORDER_CHANGES - 1) <=
		ticks_between(last->at, next->at) * order->guess.change;
	return conclude(early ? last : next, at) != order->guess.other;
}

/* In the tick of the cable that tells it and is nearest to @at. */
static enum order_hearing
nearest_hearing(const GArray *hints, bond_time at)
{
	const struct hint *best = NULL;

	for (guint i = 0; hints != NULL && i < hints->len; i++) {
		const struct hint *hint = &g_array_index(hints, struct hint, i);

		if ((hint->hearing == ORDER_HEARS_AT_ONCE || hint->hearing == ORDER_HEARS_BEHIND) &&
		    (best == NULL || ABS(hint->at - at) < ABS(best->at - at)))
			best = hint;
	}
	return best != NULL ? best->hearing : ORDER_HEARS_AT_ONCE;
}

static const struct hint *
hint_at(const GArray *hints, bond_time at)
{
	for (guint i = 0; hints != NULL && i < hints->len; i++)
		if (ABS(g_array_index(hints, struct hint, i).at - at) <= TICK / 2)
			return &g_array_index(hints, struct hint, i);
	return NULL;
}

enum order_hearing
order_hearing(const struct order *order, const struct device *far_end, enum device_side speaker, bond_time at)
{
	const GArray *hints = g_hash_table_lookup(order->wires, far_end->name);
	const struct hint *hint = hint_at(hints, at);
	gboolean first = hint != NULL && hint->partner_first == (speaker == SIDE_SWITCH);
	enum order_hearing hearing = hint != NULL ? hint->hearing : ORDER_HEARS_UNKNOWN;

	if (hearing == ORDER_HEARS_NOTHING)
		return first ? ORDER_HEARS_NOTHING : ORDER_HEARS_AT_ONCE;
	if (hearing == ORDER_HEARS_UNKNOWN)
		hearing = order->guess.hearing;
	return hearing != ORDER_HEARS_UNKNOWN ? hearing : nearest_hearing(hints, at);
}
