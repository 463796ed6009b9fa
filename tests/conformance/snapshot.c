/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "snapshot.h"

#include "engine/status.h"

#include <gio/gio.h>

/* Stands for the driver's version in both texts. */
#define ANY_VERSION "*"
#define BANNER	    "Ethernet Channel Bonding Driver: "
/* What a file of a port that cannot tell gives to a reader (EINVAL of net-sysfs). */
#define UNREADABLE "!EINVAL"

/* of "02:00:00:00:00:01" */
#define MAC_LENGTH 17

/* addr_assign_type of the recorded ports */
#define SET_BY_HAND 3

/* Of a net device; a TAP does not share these with a bond device. */
static const char *const not_compared[] = {"/operstate", "/flags", "/tx_queue_len"};

void
snapshot_free(struct snapshot *snapshot)
{
	if (snapshot == NULL)
		return;
	g_free(snapshot->proc);
	g_free(snapshot->sysfs);
	g_free(snapshot);
}

static void
diff_free(gpointer data)
{
	struct snapshot_diff *diff = data;

	g_free(diff->expected);
	g_free(diff->got);
	g_free(diff);
}

gboolean
snapshot_equal(const struct snapshot *a, const struct snapshot *b)
{
	return g_strcmp0(a->proc, b->proc) == 0 && strcmp(a->sysfs, b->sysfs) == 0;
}

/* --- Rendering --- */

static void
append_attribute(GString *text, const char *device, const char *folder, const struct bond_attribute *attribute,
		 const char *value)
{
	g_string_append_printf(text, "%s/%s/%s 0%o=", device, folder, attribute->name, attribute->mode);
	if (value == NULL)
		g_string_append(text, "!ENOENT");
	for (const char *c = value; c != NULL && *c != '\0'; c++) {
		if (*c == '\n')
			g_string_append(text, "\\n");
		else
			g_string_append_c(text, *c);
	}
	g_string_append_c(text, '\n');
}

static void
append_bonding(GString *text, const struct device *device)
{
	struct bond_port *port = device_port(device);
	guint n;

	if (device->bond != NULL) {
		const struct bond_attribute *attributes = bond_status_attributes(&n);

		for (guint i = 0; i < n; i++) {
			g_autofree char *value = bond_status_attribute(device->bond, attributes[i].name);

			append_attribute(text, device->name, "bonding", &attributes[i], value);
		}
	}
	if (port != NULL) {
		const struct bond_attribute *attributes = bond_status_port_attributes(&n);

		for (guint i = 0; i < n; i++) {
			g_autofree char *value = bond_status_port_attribute(port, attributes[i].name);

			append_attribute(text, device->name, "bonding_slave", &attributes[i], value);
		}
	}
}

static void
append_speed(GString *text, const struct device *device)
{
	guint32 speed = device->speed;
	enum bond_duplex duplex = device->duplex;

	if (device->bond != NULL)
		world_link_settings(device, &speed, &duplex);
	if (!device->up || device->kind == DEVICE_DUMMY || device->kind == DEVICE_OTHER) {
		g_string_append_printf(text, "%s/speed=" UNREADABLE "\n%s/duplex=" UNREADABLE "\n", device->name,
				       device->name);
		return;
	}
	g_string_append_printf(text, "%s/speed=%d\n", device->name, (int) speed);
	g_string_append_printf(text, "%s/duplex=%s\n", device->name,
			       duplex == BOND_DUPLEX_FULL   ? "full"
			       : duplex == BOND_DUPLEX_HALF ? "half"
							    : "unknown");
}

static void
append_device(GString *text, const struct device *device)
{
	const guint8 *m = device->mac.b;

	append_bonding(text, device);
	g_string_append_printf(text, "%s/address=%02x:%02x:%02x:%02x:%02x:%02x\n", device->name, m[0], m[1], m[2], m[3],
			       m[4], m[5]);
	g_string_append_printf(text, "%s/addr_assign_type=%u\n", device->name,
			       device->bond != NULL ? bond_get_mac_origin(device->bond) : SET_BY_HAND);
	if (device->up)
		g_string_append_printf(text, "%s/carrier=%d\n", device->name, device_carrier(device));
	else
		g_string_append_printf(text, "%s/carrier=" UNREADABLE "\n", device->name);
	g_string_append_printf(text, "%s/mtu=%u\n", device->name, device->mtu);
	append_speed(text, device);
	g_string_append_printf(text, "%s/type=%u\n", device->name, device->type);
}

static void
append_masters(GString *text, const struct world *world)
{
	const char *between = "";

	if (!world->module)
		return;
	g_string_append(text, "bonding_masters=");
	for (guint i = 0; i < world->devices->len; i++) {
		const struct device *device = g_ptr_array_index(world->devices, i);

		if (device->bond != NULL && device->side == SIDE_HOST) {
			g_string_append_printf(text, "%s%s", between, device->name);
			between = " ";
		}
	}
	g_string_append_c(text, '\n');
}

static gboolean
is_watched(const struct stage *stage, const char *name)
{
	return g_ptr_array_find_with_equal_func(stage->watched, name, g_str_equal, NULL);
}

/* The recorder shows in /sys what it watches and whatever is called p*, in /proc the first watched bond. */
struct snapshot *
snapshot_take(const struct stage *stage)
{
	struct snapshot *snapshot = g_new0(struct snapshot, 1);
	const GPtrArray *devices = stage->world->devices;
	GString *text = g_string_new(NULL);

	snapshot->at = stage->world->now;
	append_masters(text, stage->world);
	for (guint i = 0; i < stage->watched->len && snapshot->proc == NULL; i++) {
		const struct device *device = world_find(stage->world, SIDE_HOST, g_ptr_array_index(stage->watched, i));

		if (device != NULL && device->bond != NULL)
			snapshot->proc = bond_status_proc(device->bond, ANY_VERSION);
	}
	for (guint i = 0; i < devices->len; i++) {
		const struct device *device = g_ptr_array_index(devices, i);

		if (device->side == SIDE_HOST && (device->name[0] == 'p' || is_watched(stage, device->name)))
			append_device(text, device);
	}
	snapshot->sysfs = g_string_free(text, FALSE);
	return snapshot;
}

/* --- Recorded ones --- */

static char *
without_version(char *proc)
{
	char *end = proc != NULL ? strchr(proc, '\n') : NULL;
	char *result;

	if (end == NULL || !g_str_has_prefix(proc, BANNER))
		return proc;
	result = g_strconcat(BANNER ANY_VERSION, end, NULL);
	g_free(proc);
	return result;
}

struct snapshot *
snapshot_load(const char *prefix, GError **error)
{
	g_autofree char *proc_path = g_strconcat(prefix, ".proc", NULL);
	g_autofree char *sysfs_path = g_strconcat(prefix, ".sysfs", NULL);
	g_autofree char *sysfs = NULL;
	struct snapshot *snapshot;
	char *proc = NULL;

	if (!g_file_get_contents(sysfs_path, &sysfs, NULL, error))
		return NULL;
	if (g_file_test(proc_path, G_FILE_TEST_EXISTS) && !g_file_get_contents(proc_path, &proc, NULL, error))
		return NULL;
	snapshot = g_new0(struct snapshot, 1);
	snapshot->proc = without_version(proc);
	snapshot->sysfs = g_steal_pointer(&sysfs);
	return snapshot;
}

/* --- Comparison --- */

/* One line of a .sysfs file: "path mode=value" or "path=value" */
struct attribute_line {
	char *path;
	char *text;
	guint line;
	gboolean seen;
};

static void
attribute_line_free(gpointer data)
{
	struct attribute_line *line = data;

	g_free(line->path);
	g_free(line->text);
	g_free(line);
}

static gboolean
is_compared(const char *path)
{
	for (guint i = 0; i < G_N_ELEMENTS(not_compared); i++)
		if (g_str_has_suffix(path, not_compared[i]))
			return FALSE;
	return TRUE;
}

static void
add_attribute_line(GPtrArray *lines, const char *text, guint number)
{
	g_autofree char *path = g_strndup(text, strcspn(text, " ="));
	struct attribute_line *line;

	if (*text == '\0' || !is_compared(path))
		return;
	line = g_new0(struct attribute_line, 1);
	line->path = g_steal_pointer(&path);
	line->text = g_strdup(text);
	line->line = number;
	g_ptr_array_add(lines, line);
}

static GPtrArray *
parse_sysfs(const char *sysfs)
{
	g_auto(GStrv) texts = g_strsplit(sysfs, "\n", -1);
	GPtrArray *lines = g_ptr_array_new_with_free_func(attribute_line_free);
	const gsize masters = strlen("bonding_masters=");

	for (guint i = 0; texts[i] != NULL; i++) {
		/* An empty bonding_masters has no newline of its own: the next entry follows on its line. */
		if (g_str_has_prefix(texts[i], "bonding_masters=") && strchr(texts[i] + masters, '=') != NULL) {
			add_attribute_line(lines, "bonding_masters=", i + 1);
			add_attribute_line(lines, texts[i] + masters, i + 1);
		} else {
			add_attribute_line(lines, texts[i], i + 1);
		}
	}
	return lines;
}

static struct attribute_line *
find_line(GPtrArray *lines, const char *path)
{
	for (guint i = 0; i < lines->len; i++) {
		struct attribute_line *line = g_ptr_array_index(lines, i);

		if (strcmp(line->path, path) == 0)
			return line;
	}
	return NULL;
}

static void
add_diff(GPtrArray *diffs, const char *file, guint line, const char *expected, const char *got)
{
	struct snapshot_diff *diff = g_new0(struct snapshot_diff, 1);

	diff->file = file;
	diff->line = line;
	diff->expected = g_strdup(expected);
	diff->got = g_strdup(got);
	g_ptr_array_add(diffs, diff);
}

static void
compare_sysfs(GPtrArray *diffs, const char *expected_text, const char *got_text)
{
	g_autoptr(GPtrArray) expected = parse_sysfs(expected_text);
	g_autoptr(GPtrArray) got = parse_sysfs(got_text);

	for (guint i = 0; i < expected->len; i++) {
		struct attribute_line *line = g_ptr_array_index(expected, i);
		struct attribute_line *ours = find_line(got, line->path);

		if (ours != NULL)
			ours->seen = TRUE;
		if (ours == NULL || strcmp(ours->text, line->text) != 0)
			add_diff(diffs, "sysfs", line->line, line->text, ours != NULL ? ours->text : NULL);
	}
	for (guint i = 0; i < got->len; i++) {
		struct attribute_line *ours = g_ptr_array_index(got, i);

		if (!ours->seen)
			add_diff(diffs, "sysfs", 0, NULL, ours->text);
	}
}

/* Length of the longest common subsequence of a[i..] and b[j..], for all i and j. */
static guint *
common_lengths(char **a, guint n, char **b, guint m)
{
	guint *length = g_new0(guint, (n + 1) * (m + 1));

	for (guint i = n; i-- > 0;) {
		for (guint j = m; j-- > 0;) {
			guint *here = &length[i * (m + 1) + j];

			if (strcmp(a[i], b[j]) == 0)
				*here = length[(i + 1) * (m + 1) + j + 1] + 1;
			else
				*here = MAX(length[(i + 1) * (m + 1) + j], length[i * (m + 1) + j + 1]);
		}
	}
	return length;
}

/* Lines that only one side has, in order; neighbours of both sides make one pair. */
static void
compare_proc(GPtrArray *diffs, const char *expected_text, const char *got_text)
{
	g_auto(GStrv) a = g_strsplit(expected_text != NULL ? expected_text : "", "\n", -1);
	g_auto(GStrv) b = g_strsplit(got_text != NULL ? got_text : "", "\n", -1);
	guint n = g_strv_length(a);
	guint m = g_strv_length(b);
	g_autofree guint *length = common_lengths(a, n, b, m);
	guint i = 0;
	guint j = 0;

	while (i < n || j < m) {
		if (i < n && j < m && strcmp(a[i], b[j]) == 0) {
			i++;
			j++;
			continue;
		}
		if (i < n && j < m && length[(i + 1) * (m + 1) + j + 1] == length[i * (m + 1) + j]) {
			add_diff(diffs, "proc", i + 1, a[i], b[j]);
			i++;
			j++;
		} else if (j == m || (i < n && length[(i + 1) * (m + 1) + j] >= length[i * (m + 1) + j + 1])) {
			add_diff(diffs, "proc", i + 1, a[i], NULL);
			i++;
		} else {
			add_diff(diffs, "proc", 0, NULL, b[j]);
			j++;
		}
	}
}

static char *
replaced(char *text, const char *from, const char *to)
{
	GString *string;

	if (text == NULL)
		return NULL;
	string = g_string_new(text);
	g_free(text);
	g_string_replace(string, from, to, 0);
	return g_string_free(string, FALSE);
}

static const char *
value_of(const struct attribute_line *line)
{
	return strchr(line->text, '=') + 1;
}

/* "bond0/address" -> whether bond0/addr_assign_type says that it is random */
static gboolean
says_random(GPtrArray *lines, const struct attribute_line *address)
{
	g_autofree char *device = g_path_get_dirname(address->path);
	g_autofree char *path = g_strconcat(device, "/addr_assign_type", NULL);
	const struct attribute_line *type = find_line(lines, path);

	return type != NULL && strcmp(value_of(type), "1") == 0;
}

/* Which recorded address ours stands for, if both are random. */
static void
pair_address(const struct world *world, GHashTable *pairs, const char *their_value, const char *our_value,
	     gboolean anew)
{
	g_autofree char *theirs = g_strndup(their_value, MAC_LENGTH);
	g_autofree char *ours = g_strndup(our_value, MAC_LENGTH);

	if (!world_mac_is_random(world, theirs) || !world_mac_is_random(world, ours))
		return;
	if (anew || !g_hash_table_contains(pairs, ours))
		g_hash_table_insert(pairs, g_strdup(ours), g_strdup(theirs));
}

/* Random addresses of ours are written as the recorded ones, wherever they stand. */
static void
align_random_macs(const char *expected_text, struct snapshot *got, const struct world *world, GHashTable *pairs)
{
	g_autoptr(GPtrArray) expected = parse_sysfs(expected_text);
	g_autoptr(GPtrArray) lines = parse_sysfs(got->sysfs);
	GHashTableIter iter;
	gpointer ours;
	gpointer theirs;

	for (guint i = 0; i < expected->len; i++) {
		const struct attribute_line *line = g_ptr_array_index(expected, i);
		const struct attribute_line *our_line = find_line(lines, line->path);

		if (our_line == NULL)
			continue;
		if (g_str_has_suffix(line->path, "/address"))
			pair_address(world, pairs, value_of(line), value_of(our_line),
				     says_random(expected, line) && says_random(lines, our_line));
		else if (g_str_has_suffix(line->path, "/perm_hwaddr")) /* of a bond that is a port */
			pair_address(world, pairs, value_of(line), value_of(our_line), FALSE);
	}
	g_hash_table_iter_init(&iter, pairs);
	while (g_hash_table_iter_next(&iter, &ours, &theirs)) {
		got->proc = replaced(got->proc, ours, theirs);
		got->sysfs = replaced(got->sysfs, ours, theirs);
	}
}

GPtrArray *
snapshot_compare(const struct snapshot *expected, const struct snapshot *got, const struct world *world,
		 GHashTable *pairs)
{
	GPtrArray *diffs = g_ptr_array_new_with_free_func(diff_free);
	struct snapshot aligned = {.proc = g_strdup(got->proc), .sysfs = g_strdup(got->sysfs)};

	align_random_macs(expected->sysfs, &aligned, world, pairs);
	if (g_strcmp0(expected->proc, aligned.proc) != 0)
		compare_proc(diffs, expected->proc, aligned.proc);
	compare_sysfs(diffs, expected->sysfs, aligned.sysfs);
	g_free(aligned.proc);
	g_free(aligned.sysfs);
	return diffs;
}
