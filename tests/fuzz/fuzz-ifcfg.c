/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Input: up to ten files with a byte 0x1e between them, those of paths[] in their order. Settings must be well formed, every report must be text, and no file may vanish without a word.
 */
#include "ifcfg/interpret.h"

#include <stdlib.h>
#include <string.h>

#define SEPARATOR 0x1e

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);

#define SCRIPTS "/etc/sysconfig/network-scripts/"

enum kind {
	KIND_IFCFG,
	KIND_ALIAS,
	KIND_ROUTES,
	KIND_NETWORK,
};

static const struct {
	const char *path;
	enum kind kind;
} paths[] = {
    {SCRIPTS "ifcfg-bond0", KIND_IFCFG},	{SCRIPTS "ifcfg-eth0", KIND_IFCFG},
    {SCRIPTS "route-bond0", KIND_ROUTES},	{SCRIPTS "route6-bond0", KIND_ROUTES},
    {"/etc/sysconfig/network", KIND_NETWORK},	{SCRIPTS "ifcfg-bond0:1", KIND_ALIAS},
    {SCRIPTS "ifcfg-bond0-range0", KIND_ALIAS}, {SCRIPTS "rule-bond0", KIND_ROUTES},
    {SCRIPTS "ifroute-bond0", KIND_ROUTES},	{SCRIPTS "routes", KIND_ROUTES},
};

static void
check(gboolean right)
{
	if (!right)
		abort();
}

static struct directory_file *
next_file(const char *path, const guint8 **data, gsize *size)
{
	struct directory_file *file = g_new0(struct directory_file, 1);
	const guint8 *end = memchr(*data, SEPARATOR, *size);
	gsize taken;

	file->path = g_strdup(path);
	file->length = end != NULL ? (gsize) (end - *data) : *size;
	/* Exactly as long as it is, so that a byte too many is noticed. */
	file->text = g_malloc(MAX(file->length, 1));
	memcpy(file->text, *data, file->length);
	taken = MIN(file->length + 1, *size);
	*data += taken;
	*size -= taken;
	return file;
}

static void
check_profile(const struct ifcfg_profile *profile)
{
	check(g_variant_is_of_type(profile->settings, G_VARIANT_TYPE("a{sa{sv}}")));
	check(g_variant_is_normal_form(profile->settings));
	check(g_variant_is_of_type(profile->extra, G_VARIANT_TYPE("a{ss}")));
	check(g_variant_is_of_type(profile->routing, G_VARIANT_TYPE("a{sa{sv}}")));
	check(g_variant_is_normal_form(profile->routing));
	check(!profile->is_bond || profile->device != NULL);
}

static void
check_diagnostic(const struct ifcfg_diagnostic *diagnostic)
{
	g_autofree char *line = ifcfg_diagnostic_format(diagnostic);

	check(g_utf8_validate(line, -1, NULL));
	check(strchr(line, '\n') == NULL);
	check(diagnostic->message[0] != '\0' && diagnostic->remedy[0] != '\0');
}

int
LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
	g_autoptr(GPtrArray) ifcfg = g_ptr_array_new_with_free_func((GDestroyNotify) directory_file_free);
	g_autoptr(GPtrArray) routes = g_ptr_array_new_with_free_func((GDestroyNotify) directory_file_free);
	struct ifcfg_input input = {.ifcfg = ifcfg, .routes = routes};
	struct ifcfg_result *result;
	guint files = 0;

	for (guint i = 0; i < G_N_ELEMENTS(paths) && size > 0; i++) {
		struct directory_file *file = next_file(paths[i].path, &data, &size);

		if (paths[i].kind == KIND_NETWORK)
			input.network = file;
		else
			g_ptr_array_add(paths[i].kind == KIND_ROUTES ? routes : ifcfg, file);
		files += paths[i].kind == KIND_IFCFG;
	}
	result = ifcfg_interpret(&input, ifcfg_diagnostics_new());
	for (guint i = 0; i < result->profiles->len; i++)
		check_profile(result->profiles->pdata[i]);
	for (guint i = 0; i < result->diagnostics->len; i++)
		check_diagnostic(result->diagnostics->pdata[i]);
	check(result->profiles->len >= files || result->diagnostics->len > 0);
	ifcfg_result_free(result);
	g_clear_pointer(&input.network, directory_file_free);
	return 0;
}
