/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "replay.h"

#include "order.h"
#include "snapshot.h"
#include "wire.h"

/* All times here are the engine's; reports show the recording's. */
#define RECORDED_SECONDS(run, time) ((double) scenario_recorded_time(&(run)->scenario->clock, (time)) / BOND_SEC)
/* What a recording's milliseconds are here at most. */
#define ENGINE_TIME(recorded) ((recorded) - (recorded) / 26)
/* After this long without an event a snapshot must be equal… */
#define SETTLED ENGINE_TIME(300 * BOND_MSEC - BOND_MSEC / 2)
/* … before, it shows where in its tick the kernel was: the state must occur this close to it. */
#define TICK ENGINE_TIME(110 * BOND_MSEC)
/*
 * The log counts in milliseconds, and the kernel's ticks fall where its jiffies are a multiple of 8: where exactly they
 * were is not recorded. One phase must explain a whole recording: those that show it (an ARP monitor that tries another
 * port at each tick) are tried with each.
 */
#define PHASE_MAX  (5 * BOND_MSEC)
#define PHASE_STEP (BOND_MSEC / 4)
/* Steps of one millisecond follow each other: at once, after a snapshot was read, or after the first work that a bond
 * does when it is up. */
#define STEP_TIME      (BOND_MSEC / 100)
#define SNAP_TIME      (3 * BOND_MSEC / 10)
#define LONG_STEP_TIME (5 * BOND_MSEC / 4)
/* News of links this close together are one batch: the kernel finds them in one tick. */
#define BATCH	  ENGINE_TIME(10 * BOND_MSEC)
#define MAX_LINES 8
/* A frame that only one side has costs more than any two that are a tick apart. */
#define COST_ALONE(tick) (2 * (tick))

struct recorded_snap {
	const struct scenario_step *step;
	guint number;
	guint history; /* index of the state at that time */
	gboolean settled;
};

struct run {
	const struct replay_options *options;
	struct scenario *scenario;
	struct stage *stage;
	GPtrArray *history; /* struct snapshot *, each differs from the one before */
	GArray *snaps;	    /* struct recorded_snap */
	GArray *events;	    /* bond_time of all steps that change something */
	GHashTable *macs;   /* random addresses and the recorded ones that they stand for */
	struct replay_result *result;
};

struct phase {
	bond_time ticks;    /* how much later they fall than the log's first millisecond says */
	bond_time after_up; /* until the next step of the same millisecond */
	struct order_guess order;
};

static void fail(struct run *run, const char *format, ...) G_GNUC_PRINTF(2, 3);

static void
fail(struct run *run, const char *format, ...)
{
	va_list args;

	run->result->passed = FALSE;
	va_start(args, format);
	g_string_append_vprintf(run->result->report, format, args);
	va_end(args);
	g_string_append_c(run->result->report, '\n');
}

static void
record(void *data)
{
	struct run *run = data;
	struct snapshot *snapshot = snapshot_take(run->stage);
	guint n = run->history->len;

	if (n > 0 && snapshot_equal(g_ptr_array_index(run->history, n - 1), snapshot))
		snapshot_free(snapshot);
	else
		g_ptr_array_add(run->history, snapshot);
}

/* --- Steps --- */

static gboolean
answers_match(const struct scenario_answer *expected, const struct outcome *got)
{
	switch (expected->verdict) {
	case SCENARIO_UNKNOWN:
		return TRUE;
	case SCENARIO_OK:
		return got->ok;
	case SCENARIO_ERRNO:
		return !got->ok && got->errnum == expected->errnum &&
		       (expected->extack == NULL || g_strcmp0(expected->extack, got->extack) == 0);
	case SCENARIO_FAILED:
		return !got->ok;
	}
	g_return_val_if_reached(FALSE);
}

static char *
describe(const struct outcome *outcome)
{
	if (outcome->ok)
		return g_strdup("ok");
	return g_strdup_printf(
	    "%s extack=\"%s\" (%s)", outcome->errnum != 0 ? strerrorname_np(outcome->errnum) : "refused",
	    outcome->extack != NULL ? outcome->extack : "", outcome->message != NULL ? outcome->message : "");
}

static void
check_answer(struct run *run, const struct scenario_step *step, const struct outcome *outcome)
{
	g_autofree char *where = g_strdup_printf("step %u", step->number);
	g_autofree char *got = describe(outcome);
	const char *expected = step->answer.text != NULL ? step->answer.text : "";

	if (!outcome->unknown && answers_match(&step->answer, outcome))
		return;
	if (differences_excuse(run->options->differences, run->scenario->name, where, expected, got, TRUE))
		return;
	fail(run, "  step %u, scenario.scn:%u: %s\n    expected %s\n    got      %s", step->number, step->line,
	     step->text, expected, got);
}

static void
note_snapshot(struct run *run, const struct scenario_step *step)
{
	bond_time last = run->events->len > 0 ? g_array_index(run->events, bond_time, run->events->len - 1) : 0;
	struct recorded_snap snap = {
	    .step = step,
	    .number = run->snaps->len + 1,
	    .history = run->history->len - 1,
	    .settled = step->at - last >= SETTLED,
	};

	g_array_append_val(run->snaps, snap);
}

static gboolean
has_word(const struct scenario *scenario, const char *word)
{
	for (guint i = 0; i < scenario->steps->len; i++)
		if (strstr(((struct scenario_step *) g_ptr_array_index(scenario->steps, i))->text, word) != NULL)
			return TRUE;
	return FALSE;
}

static gboolean
depends_on_phase(const struct scenario *scenario)
{
	return has_word(scenario, "arp_interval");
}

/* Two bonds that tick together. */
static gboolean
depends_on_order(const struct scenario *scenario)
{
	return has_word(scenario, "peerbond");
}

/* The first bond that goes up. */
static const struct scenario_step *
find_up(const struct scenario *scenario)
{
	for (guint i = 0; i < scenario->steps->len; i++) {
		const struct scenario_step *step = g_ptr_array_index(scenario->steps, i);

		if (strcmp(step->verb, "up") == 0)
			return step;
	}
	return NULL;
}

static bond_time
engine_time(const struct run *run, bond_time recorded)
{
	return scenario_engine_time(&run->scenario->clock, recorded);
}

/* When the recorded bond that goes up at @up had its first tick after it: the kernel's timer wheel. */
static bond_time
first_tick(const struct scenario *scenario, bond_time up)
{
	return scenario_timer((scenario->t0 + up) / BOND_MSEC, scenario->clock.interval) * BOND_MSEC - scenario->t0;
}

/*
 * A frame of the recording on the engine's clock. The ARP monitor asks at its ticks what came in the last one and a half
 * or two and a half times its interval, so it is the place within a tick that decides: of 100 ms, which last 104 there,
 * about 62 ms behind it there, 50 ms here.
 */
static bond_time
noise_time(const struct run *run, bond_time at)
{
	const struct scenario_step *up = find_up(run->scenario);
	bond_time interval = run->scenario->clock.interval * BOND_MSEC;
	bond_time period = run->scenario->clock.period * BOND_MSEC;
	bond_time limit = 3 * period - 5 * interval / 2;
	bond_time behind;
	bond_time first;

	if (up == NULL || !depends_on_phase(run->scenario))
		return engine_time(run, at);
	first = first_tick(run->scenario, up->logged);
	at += BOND_MSEC / 100; /* the log's own time is no better than that */
	if (at < first)
		return engine_time(run, at);
	behind = (at - first) % period;
	if (behind < BOND_MSEC / 50)
		behind = 0; /* in the tick, but before its work */
	else if (behind < limit)
		behind = behind * (interval / 2) / limit;
	else
		behind = interval / 2 + (behind - limit) * (interval / 2) / (period - limit);
	return up->at + BOND_MSEC + interval * (1 + (at - first) / period) + behind;
}

/* What the far end of a new port said that is not compared: it keeps a port alive that any frame keeps alive. */
static void
play_noise(struct run *run, const char *port)
{
	g_autofree char *file = g_strdup_printf("wire-%sp.pcap", port);
	g_autofree char *path = g_build_filename(run->scenario->folder, file, NULL);
	struct device *device = world_find(run->stage->world, SIDE_HOST, port);
	g_autoptr(GPtrArray) frames = NULL;

	if (device == NULL || !g_file_test(path, G_FILE_TEST_EXISTS))
		return;
	frames = wire_load_noise(path, run->stage->world->macs, NULL);
	for (guint i = 0; frames != NULL && i < frames->len; i++) {
		const struct wire_frame *frame = g_ptr_array_index(frames, i);

		world_arrive(device, noise_time(run, frame->at), frame->bytes);
	}
}

static void
run_step(struct run *run, const struct scenario_step *step, gboolean in_batch)
{
	struct world *world = run->stage->world;
	struct outcome outcome;

	if (in_batch)
		world->now = MAX(world->now, step->at);
	else
		world_advance(world, step->at);
	verb_run(run->stage, step, &outcome);
	if (strcmp(step->verb, "port") == 0 && run->scenario->has_log)
		play_noise(run, step->args[0]);
	if (verb_is_link_event(step))
		world_tell(world);
	else
		world_settle(world);
	if (!verb_is_passive(step->verb))
		g_array_append_val(run->events, step->at);
	check_answer(run, step, &outcome);
	outcome_clear(&outcome);
	if (strcmp(step->verb, "snap") == 0) {
		note_snapshot(run, step);
		world_ask_speeds(world);
	}
}

static gboolean
is_same_batch(const struct scenario_step *last, const struct scenario_step *step)
{
	return verb_is_link_event(last) && verb_is_link_event(step) && step->at - last->at <= BATCH;
}

static void
run_steps(struct run *run)
{
	struct world *world = run->stage->world;
	const struct scenario_step *last = NULL;

	for (guint i = 0; i < run->scenario->steps->len; i++) {
		const struct scenario_step *step = g_ptr_array_index(run->scenario->steps, i);

		run_step(run, step, last != NULL && is_same_batch(last, step));
		last = step;
	}
	world_advance(world, world->now + TICK);
	if (world->broken != NULL)
		fail(run, "  %s", world->broken);
}

/* --- Snapshots --- */

static guint
count_inexcusable(struct run *run, const struct recorded_snap *snap, GPtrArray *diffs, gboolean use)
{
	guint n = 0;

	for (guint i = 0; i < diffs->len; i++) {
		const struct snapshot_diff *diff = g_ptr_array_index(diffs, i);

		if (!differences_excuse(run->options->differences, run->scenario->name, snap->step->args[0],
					diff->expected, diff->got, use))
			n++;
	}
	return n;
}

static bond_time
state_begin(const struct run *run, guint i)
{
	return ((const struct snapshot *) g_ptr_array_index(run->history, i))->at;
}

static bond_time
state_end(const struct run *run, guint i)
{
	return i + 1 < run->history->len ? state_begin(run, i + 1) : BOND_TIME_NEVER;
}

static GHashTable *
copy_macs(GHashTable *macs)
{
	GHashTable *copy = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	GHashTableIter iter;
	gpointer ours;
	gpointer theirs;

	g_hash_table_iter_init(&iter, macs);
	while (g_hash_table_iter_next(&iter, &ours, &theirs))
		g_hash_table_insert(copy, g_strdup(ours), g_strdup(theirs));
	return copy;
}

struct comparison {
	guint state; /* in the history */
	guint count; /* of lines that differ without an excuse */
	GPtrArray *diffs;
	GHashTable *macs;
};

static struct comparison
compare_state(struct run *run, const struct recorded_snap *snap, const struct snapshot *expected, guint state)
{
	struct comparison comparison = {.state = state, .macs = copy_macs(run->macs)};

	comparison.diffs =
	    snapshot_compare(expected, g_ptr_array_index(run->history, state), run->stage->world, comparison.macs);
	comparison.count = count_inexcusable(run, snap, comparison.diffs, FALSE);
	return comparison;
}

static void
comparison_clear(struct comparison *comparison)
{
	g_ptr_array_unref(comparison->diffs);
	g_hash_table_unref(comparison->macs);
}

/* The state that comes closest to the recorded one, of those that count for the snapshot. */
static struct comparison
compare_nearest(struct run *run, const struct recorded_snap *snap, const struct snapshot *expected)
{
	struct comparison best = compare_state(run, snap, expected, snap->history);

	for (guint i = 0; !snap->settled && i < run->history->len && best.count > 0; i++) {
		struct comparison other;

		if (state_begin(run, i) > snap->step->at + TICK || state_end(run, i) < snap->step->at - TICK)
			continue;
		other = compare_state(run, snap, expected, i);
		if (other.count < best.count) {
			struct comparison worse = best;

			best = other;
			other = worse;
		}
		comparison_clear(&other);
	}
	return best;
}

static void
report_diffs(struct run *run, const struct recorded_snap *snap, GPtrArray *diffs, guint nearest)
{
	const char *name = snap->step->args[0];
	guint shown = 0;

	if (snap->settled)
		fail(run, "  snapshot %s @%.3f, scenario.scn:%u: must be equal", name,
		     RECORDED_SECONDS(run, snap->step->at), snap->step->line);
	else
		fail(run, "  snapshot %s @%.3f, scenario.scn:%u: does not occur within 110 ms; nearest is from @%.3f",
		     name, RECORDED_SECONDS(run, snap->step->at), snap->step->line,
		     RECORDED_SECONDS(run, state_begin(run, nearest)));
	for (guint i = 0; i < diffs->len; i++) {
		const struct snapshot_diff *diff = g_ptr_array_index(diffs, i);

		if (shown++ == MAX_LINES && !run->options->verbose) {
			fail(run, "    and %u more", diffs->len - i);
			break;
		}
		fail(run, "    %02u-%s.%s:%u: expected %s\n      got      %s", snap->number, name, diff->file,
		     diff->line, diff->expected != NULL ? diff->expected : "(no such line)",
		     diff->got != NULL ? diff->got : "(no such line)");
	}
}

static void
check_snapshot(struct run *run, const struct recorded_snap *snap)
{
	g_autofree char *file = g_strdup_printf("%02u-%s", snap->number, snap->step->args[0]);
	g_autofree char *prefix = g_build_filename(run->scenario->folder, file, NULL);
	g_autoptr(GError) error = NULL;
	struct snapshot *expected = snapshot_load(prefix, &error);
	struct comparison nearest;

	run->result->snapshots++;
	if (expected == NULL) {
		fail(run, "  snapshot %s: %s", snap->step->args[0], error->message);
		return;
	}
	nearest = compare_nearest(run, snap, expected);
	count_inexcusable(run, snap, nearest.diffs, TRUE);
	if (nearest.count == 0) {
		run->result->snapshots_matched++;
		g_hash_table_unref(run->macs);
		run->macs = g_hash_table_ref(nearest.macs);
	} else {
		report_diffs(run, snap, nearest.diffs, nearest.state);
	}
	comparison_clear(&nearest);
	snapshot_free(expected);
}

/* --- Wire --- */

static const struct wire_frame *
frame_at(GPtrArray *frames, guint i)
{
	return g_ptr_array_index(frames, i);
}

static char *
describe_frame(const struct run *run, const struct wire_frame *frame)
{
	g_autofree char *text = wire_frame_describe(frame);

	return g_strdup_printf("@%.3f %s", RECORDED_SECONDS(run, frame->at), text);
}

/* A frame that only one of them has. */
static void
report_frame(struct run *run, const char *file, const struct wire_frame *frame, gboolean expected, guint *shown)
{
	g_autofree char *text = describe_frame(run, frame);

	if (differences_excuse(run->options->differences, run->scenario->name, file, expected ? text : NULL,
			       expected ? NULL : text, TRUE))
		return;
	run->result->passed = FALSE;
	if ((*shown)++ < MAX_LINES || run->options->verbose)
		fail(run, "  %s: %s %s", file, expected ? "expected, but missing:" : "not expected:", text);
}

/* How far apart two frames may be: a tick of what the recorded driver looked at its links by. */
static bond_time
tick_of(const struct run *run)
{
	return MAX(TICK, run->scenario->clock.interval * BOND_MSEC + TICK - 100 * BOND_MSEC);
}

static bond_time
cost_of_pair(const struct wire_frame *expected, const struct wire_frame *got, bond_time tick)
{
	bond_time distance = ABS(expected->at - got->at);

	return distance <= tick && wire_frame_equal(expected, got) ? distance : 2 * COST_ALONE(tick) + 1;
}

/* Costs of the cheapest way to pair the frames from (i, j) on, in order; one row for each i. */
static bond_time *
align(GPtrArray *expected, GPtrArray *got, bond_time tick)
{
	gsize width = got->len + 1;
	bond_time *costs = g_new0(bond_time, (expected->len + 1) * width);

	for (gsize i = expected->len + 1; i-- > 0;) {
		for (gsize j = width; j-- > 0;) {
			bond_time best = i == expected->len && j == got->len ? 0 : G_MAXINT64;

			if (i < expected->len)
				best = MIN(best, costs[(i + 1) * width + j] + COST_ALONE(tick));
			if (j < got->len)
				best = MIN(best, costs[i * width + j + 1] + COST_ALONE(tick));
			if (i < expected->len && j < got->len)
				best = MIN(best, costs[(i + 1) * width + j + 1] +
						     cost_of_pair(frame_at(expected, (guint) i),
								  frame_at(got, (guint) j), tick));
			costs[i * width + j] = best;
		}
	}
	return costs;
}

/* Frames after the last step are those of a tick that the recording cut off. */
static void
compare_frames(struct run *run, const char *file, GPtrArray *expected, GPtrArray *got)
{
	const struct scenario_step *last = g_ptr_array_index(run->scenario->steps, run->scenario->steps->len - 1);
	bond_time tick = tick_of(run);
	g_autofree bond_time *costs = align(expected, got, tick);
	gsize width = got->len + 1;
	guint shown = 0;
	guint i = 0;
	guint j = 0;

	while (i < expected->len || j < got->len) {
		bond_time cost = costs[i * width + j];

		if (i < expected->len && cost == costs[(i + 1) * width + j] + COST_ALONE(tick)) {
			report_frame(run, file, frame_at(expected, i++), TRUE, &shown);
		} else if (j < got->len && cost == costs[i * width + j + 1] + COST_ALONE(tick)) {
			if (frame_at(got, j)->at + tick < last->at)
				report_frame(run, file, frame_at(got, j), FALSE, &shown);
			j++;
		} else {
			i++;
			j++;
		}
	}
	if (shown > MAX_LINES && !run->options->verbose)
		fail(run, "    and %u more", shown - MAX_LINES);
}

static GPtrArray *
frames_like(GPtrArray *frames, const struct wire_frame *model)
{
	GPtrArray *result = g_ptr_array_new();

	for (guint i = 0; i < frames->len; i++)
		if (frame_at(frames, i)->ours == model->ours && frame_at(frames, i)->kind == model->kind)
			g_ptr_array_add(result, g_ptr_array_index(frames, i));
	return result;
}

static gboolean
is_first_of_its_kind(GPtrArray *frames, guint n)
{
	for (guint i = 0; i < n; i++)
		if (frame_at(frames, i)->ours == frame_at(frames, n)->ours &&
		    frame_at(frames, i)->kind == frame_at(frames, n)->kind)
			return FALSE;
	return TRUE;
}

/* One kind of one sender after the other: those of different kinds have timers of their own. */
static void
compare_wire(struct run *run, const char *file, GPtrArray *expected, GPtrArray *got)
{
	g_autoptr(GPtrArray) all = g_ptr_array_new();

	for (guint i = 0; i < expected->len; i++) {
		struct wire_frame *frame = g_ptr_array_index(expected, i);

		frame->at = engine_time(run, frame->at);
	}
	g_ptr_array_extend(all, expected, NULL, NULL);
	g_ptr_array_extend(all, got, NULL, NULL);
	for (guint i = 0; i < all->len; i++) {
		g_autoptr(GPtrArray) theirs = NULL;
		g_autoptr(GPtrArray) ours = NULL;

		if (!is_first_of_its_kind(all, i))
			continue;
		theirs = frames_like(expected, frame_at(all, i));
		ours = frames_like(got, frame_at(all, i));
		compare_frames(run, file, theirs, ours);
	}
}

/* wire-p0p.pcap is what p0p saw, the far end of p0. */
static void
check_wire(struct run *run, const char *file)
{
	g_autofree char *path = g_build_filename(run->scenario->folder, file, NULL);
	g_autofree char *far_name = g_strndup(file + strlen("wire-"), strlen(file) - strlen("wire-.pcap"));
	struct world *world = run->stage->world;
	const struct device *far_end = world_find(world, SIDE_SWITCH, far_name);
	g_autoptr(GError) error = NULL;
	g_autoptr(GPtrArray) expected = wire_load(path, world->macs, &error);
	g_autoptr(GPtrArray) got = NULL;

	if (expected == NULL || far_end == NULL) {
		fail(run, "  %s: %s", file, error != NULL ? error->message : "there is no such far end");
		return;
	}
	got = wire_of_port(world, far_end->cable);
	compare_wire(run, file, expected, got);
}

static void
for_each_wire(struct run *run, void (*function)(struct run *run, const char *file))
{
	g_autoptr(GDir) dir = run->scenario->folder != NULL ? g_dir_open(run->scenario->folder, 0, NULL) : NULL;
	const char *file;

	while (dir != NULL && (file = g_dir_read_name(dir)) != NULL)
		if (g_str_has_prefix(file, "wire-") && g_str_has_suffix(file, ".pcap"))
			function(run, file);
}

/* When the recorded hosts looked whether their addresses were free: they wait for random times before. */
static void
note_checks(struct run *run, const char *file)
{
	g_autofree char *path = g_build_filename(run->scenario->folder, file, NULL);
	g_autoptr(GPtrArray) frames = wire_load_checks(path, NULL);

	for (guint i = 0; frames != NULL && i < frames->len; i++)
		world_note_check(run->stage->world, wire_checked_address(frame_at(frames, i)),
				 engine_time(run, frame_at(frames, i)->at));
}

/* --- Messages --- */

/* "[   43.837000] bond0: (slave p0): …" -> "bond0: (slave p0): …", or NULL if it is not the driver's. */
static const char *
driver_message(const char *line)
{
	const char *message = strstr(line, "] ");

	if (message == NULL)
		return NULL;
	message += 2;
	return g_str_has_prefix(message, "bond") ? message : NULL;
}

static void
print_messages(struct run *run)
{
	g_autofree char *path = g_build_filename(run->scenario->folder, "dmesg.txt", NULL);
	g_autofree char *text = NULL;
	g_auto(GStrv) lines = NULL;
	GPtrArray *ours = run->stage->world->log;
	guint next = 0;

	if (!g_file_get_contents(path, &text, NULL, NULL))
		return;
	lines = g_strsplit(text, "\n", -1);
	for (guint i = 0; lines[i] != NULL; i++) {
		const char *message = driver_message(lines[i]);
		guint at = next;

		if (message == NULL)
			continue;
		while (at < ours->len && strcmp(g_ptr_array_index(ours, at), message) != 0)
			at++;
		if (at == ours->len) {
			g_string_append_printf(run->result->report, "  dmesg.txt:%u: missing: %s\n", i + 1, message);
			continue;
		}
		for (; next < at; next++)
			g_string_append_printf(run->result->report, "  dmesg: extra: %s\n",
					       (char *) g_ptr_array_index(ours, next));
		next = at + 1;
	}
	for (; next < ours->len; next++)
		g_string_append_printf(run->result->report, "  dmesg: extra: %s\n",
				       (char *) g_ptr_array_index(ours, next));
}

/* --- Cases --- */

static gboolean
loads_module_itself(const struct scenario *scenario)
{
	for (guint i = 0; i < scenario->steps->len; i++)
		if (strcmp(((struct scenario_step *) g_ptr_array_index(scenario->steps, i))->verb, "modprobe") == 0)
			return TRUE;
	return FALSE;
}

/* All frames that count, as they crossed the cables here. */
static void
print_frames(struct run *run)
{
	struct world *world = run->stage->world;

	for (guint i = 0; i < world->devices->len; i++) {
		const struct device *port = g_ptr_array_index(world->devices, i);
		g_autoptr(GPtrArray) frames = wire_of_port(world, port);

		for (guint n = 0; n < frames->len; n++) {
			g_autofree char *text = describe_frame(run, frame_at(frames, n));

			g_string_append_printf(run->result->report, "  %s %s\n", port->name, text);
		}
	}
}

static void
check_all(struct run *run)
{
	g_autofree char *unused = NULL;

	for (guint i = 0; i < run->snaps->len; i++)
		check_snapshot(run, &g_array_index(run->snaps, struct recorded_snap, i));
	for_each_wire(run, check_wire);
	unused = differences_unused(run->options->differences, run->scenario->name);
	if (unused != NULL)
		fail(run, "  %s", unused);
	if (run->options->dmesg)
		print_messages(run);
	if (run->options->frames)
		print_frames(run);
}

/* The times of the log on the engine's clock. */
static void
set_times(struct scenario *scenario, const struct phase *phase)
{
	bond_time begin = BOND_TIME_NEVER;
	bond_time logged = -1;
	bond_time last = 0;
	bond_time pause = STEP_TIME;

	for (guint i = 0; i < scenario->steps->len; i++) {
		struct scenario_step *step = g_ptr_array_index(scenario->steps, i);
		bond_time at = step->at + (step->at > begin ? phase->ticks : 0);

		if (step->at == logged)
			at = MAX(at, last + pause);
		pause = strcmp(step->verb, "snap") == 0 ? SNAP_TIME : STEP_TIME;
		if (strcmp(step->verb, "up") == 0) {
			begin = MIN(begin, step->at);
			pause = phase->after_up;
		}
		logged = step->at;
		last = MAX(at, last);
		step->at = scenario_engine_time(&scenario->clock, last);
	}
}

static void
replay(struct run *run, const struct phase *phase)
{
	struct order *order = order_load(run->scenario, &phase->order);

	run->stage = stage_new();
	run->stage->world->order = order;
	run->stage->world->t0 = run->scenario->t0;
	run->stage->world->clock = run->scenario->clock;
	for_each_wire(run, note_checks);
	run->history = g_ptr_array_new_with_free_func((GDestroyNotify) snapshot_free);
	run->snaps = g_array_new(FALSE, FALSE, sizeof(struct recorded_snap));
	run->events = g_array_new(FALSE, FALSE, sizeof(bond_time));
	run->macs = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	run->stage->world->changed = record;
	run->stage->world->changed_data = run;
	run->stage->world->module = !loads_module_itself(run->scenario);
	run_steps(run);
	check_all(run);
	stage_free(run->stage);
	order_free(order);
	g_ptr_array_unref(run->history);
	g_array_unref(run->snaps);
	g_array_unref(run->events);
	g_hash_table_unref(run->macs);
}

/* What the log does not tell and a recording may depend on. */
struct dependence {
	gboolean phase;
	gboolean order;
};

static struct replay_result *
replay_phase(const char *folder, const struct replay_options *options, const struct phase *phase,
	     struct dependence *depends)
{
	struct replay_result *result = g_new0(struct replay_result, 1);
	struct run run = {.options = options, .result = result};
	g_autoptr(GError) error = NULL;

	result->report = g_string_new(NULL);
	result->passed = TRUE;
	*depends = (struct dependence){0};
	run.scenario = scenario_load(folder, &error);
	if (run.scenario == NULL) {
		result->name = g_path_get_basename(folder);
		fail(&run, "  %s", error->message);
		return result;
	}
	result->name = g_strdup(run.scenario->name);
	set_times(run.scenario, phase);
	*depends = (struct dependence){
	    .phase = depends_on_phase(run.scenario),
	    .order = depends_on_order(run.scenario),
	};
	replay(&run, phase);
	scenario_free(run.scenario);
	return result;
}

/* Takes the place of a result that has failed, if it says less against us. */
static void
try_phase(const char *folder, const struct replay_options *options, const struct phase *phase,
	  struct replay_result **result)
{
	struct dependence depends;
	struct replay_result *other = replay_phase(folder, options, phase, &depends);

	if (other->passed || other->report->len < (*result)->report->len) {
		struct replay_result *failed = *result;

		*result = other;
		other = failed;
	}
	replay_result_free(other);
}

/* Whose tick comes first of two bonds. */
static void
try_orders(const char *folder, const struct replay_options *options, struct replay_result **result)
{
	struct phase phase = {.after_up = STEP_TIME};
	struct order_guess *guess = &phase.order;

	for (guint i = 0; i < ORDER_GUESSES && !(*result)->passed; i++) {
		guess->change = i % ORDER_CHANGES;
		guess->other = i / ORDER_CHANGES % 2 != 0;
		guess->hearing = i / ORDER_CHANGES / 2;
		try_phase(folder, options, &phase, result);
	}
}

struct replay_result *
replay_case(const char *folder, const struct replay_options *options)
{
	static const bond_time pauses[] = {STEP_TIME, LONG_STEP_TIME};
	struct phase phase = {.after_up = STEP_TIME};
	struct dependence depends;
	struct replay_result *result = replay_phase(folder, options, &phase, &depends);

	if (depends.order)
		try_orders(folder, options, &result);
	if (!depends.phase)
		return result;
	for (guint i = 0; i < G_N_ELEMENTS(pauses); i++) {
		phase.after_up = pauses[i];
		for (phase.ticks = -PHASE_MAX; phase.ticks <= PHASE_MAX && !result->passed; phase.ticks += PHASE_STEP)
			try_phase(folder, options, &phase, &result);
	}
	return result;
}

void
replay_result_free(struct replay_result *result)
{
	g_free(result->name);
	g_string_free(result->report, TRUE);
	g_free(result);
}
