/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "seeds.h"

#include "seed.h"

void
seed_begin(struct seed *seed, guint32 number, gboolean verbose, GString *report)
{
	*seed = (struct seed){
	    .world = world_new(),
	    .state = number * 2654435761u + 1,
	    .report = report,
	    .verbose = verbose,
	};
	seed->world->keeps_frames = FALSE;
}

gboolean
seed_end(struct seed *seed)
{
	world_free(seed->world);
	if (!seed->failed && !seed->verbose)
		g_string_truncate(seed->report, 0);
	return !seed->failed;
}

guint
seed_roll(struct seed *seed, guint n)
{
	seed->state ^= seed->state << 13;
	seed->state ^= seed->state >> 17;
	seed->state ^= seed->state << 5;
	return seed->state % n;
}

const char *
seed_one_of(struct seed *seed, const char *const *values)
{
	return values[seed_roll(seed, g_strv_length((char **) values))];
}

void
seed_note(struct seed *seed, const char *format, ...)
{
	va_list args;

	g_string_append_printf(seed->report, "  @%.3f ", (double) seed->world->now / BOND_SEC);
	va_start(args, format);
	g_string_append_vprintf(seed->report, format, args);
	va_end(args);
	g_string_append_c(seed->report, '\n');
}

void
seed_wrong(struct seed *seed, const char *format, ...)
{
	g_autofree char *text = NULL;
	va_list args;

	if (seed->failed)
		return;
	seed->failed = TRUE;
	va_start(args, format);
	text = g_strdup_vprintf(format, args);
	va_end(args);
	seed_note(seed, "WRONG: %s", text);
}

void
seed_set_up(struct seed *seed, struct device *device, gboolean up)
{
	seed_note(seed, "%s %s", device->name, up ? "up" : "down");
	device_set_up(device, up);
}

void
seed_join(struct seed *seed, struct device *bond, struct device *device)
{
	g_autoptr(GError) error = NULL;

	seed_note(seed, "%s joins %s", device->name, bond->name);
	device_set_up(device, FALSE);
	if (!world_enslave(bond, device, &error))
		seed_wrong(seed, "%s", error->message);
}

gboolean
seed_parse_range(const char *text, guint32 *from, guint32 *to)
{
	g_auto(GStrv) ends = g_strsplit(text, "-", 2);
	guint64 first;
	guint64 last;

	if (ends[0] == NULL || !g_ascii_string_to_unsigned(ends[0], 10, 0, G_MAXUINT32 - 1, &first, NULL))
		return FALSE;
	last = first;
	if (ends[1] != NULL && !g_ascii_string_to_unsigned(ends[1], 10, first, G_MAXUINT32 - 1, &last, NULL))
		return FALSE;
	*from = (guint32) first;
	*to = (guint32) last;
	return TRUE;
}
