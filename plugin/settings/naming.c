/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "naming.h"

#include "ifcfg/directory.h"

#include <string.h>
#include <sys/stat.h>

#define IFCFG		"ifcfg-"
#define NAME_MAX_LENGTH 64

static gboolean
exists(const char *directory, const char *prefix, const char *name)
{
	g_autofree char *base = g_strconcat(prefix, name, NULL);
	g_autofree char *path = g_build_filename(directory, base, NULL);
	struct stat status;

	return lstat(path, &status) == 0;
}

static gboolean
is_free(const char *directory, const char *name)
{
	static const char *const prefixes[] = {IFCFG, "route-", "route6-", "rule-", "rule6-", "ifroute-", "keys-"};
	g_autofree char *base = g_strconcat(IFCFG, name, NULL);
	const char *reason = NULL;

	if (!directory_is_ifcfg(base, &reason))
		return FALSE;
	for (guint i = 0; i < G_N_ELEMENTS(prefixes); i++) {
		if (exists(directory, prefixes[i], name))
			return FALSE;
	}
	return TRUE;
}

/* Letters, digits and a few signs: a colon, or "-range", would make further addresses of another file of it. */
static char *
make_plain(const char *text)
{
	g_autoptr(GString) name = g_string_new_len(text, (gssize) strnlen(text, NAME_MAX_LENGTH));

	for (gsize i = 0; i < name->len; i++) {
		if (!g_ascii_isalnum(name->str[i]) && strchr("._-", name->str[i]) == NULL)
			name->str[i] = '_';
	}
	g_string_replace(name, "-range", "_range", 0);
	return g_strdup(name->len > 0 ? name->str : "profile");
}

static char *
path_of(const char *directory, const char *name)
{
	g_autofree char *base = g_strconcat(IFCFG, name, NULL);

	return g_build_filename(directory, base, NULL);
}

char *
naming_choose(const char *directory, const char *interface, const char *id)
{
	g_autofree char *of_interface = interface != NULL ? make_plain(interface) : NULL;
	g_autofree char *of_id = make_plain(id);
	g_autofree char *name = NULL;

	if (of_interface != NULL && is_free(directory, of_interface))
		return path_of(directory, of_interface);
	if (is_free(directory, of_id))
		return path_of(directory, of_id);
	for (guint n = 1; name == NULL || !is_free(directory, name); n++) {
		g_free(name);
		name = g_strdup_printf("%s-%u", of_id, n);
	}
	return path_of(directory, name);
}
