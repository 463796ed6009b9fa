/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ifcfg.h"

#include "directory.h"
#include "interpret.h"

G_DEFINE_QUARK(ifcfg - error - quark, ifcfg_error)

/* modprobe.conf beside modprobe.d, as it was before there was a directory: what stands there counts first. */
static void
read_old_modprobe(GPtrArray *files, const char *modprobe_d, GPtrArray *diagnostics)
{
	g_autofree char *canonical = g_canonicalize_filename(modprobe_d, NULL);
	g_autofree char *parent = g_path_get_dirname(canonical);
	g_autofree char *path = g_build_filename(parent, "modprobe.conf", NULL);
	struct directory_file *file = NULL;

	if (g_file_test(path, G_FILE_TEST_IS_REGULAR))
		file = directory_read_file(path, diagnostics);
	if (file != NULL)
		g_ptr_array_insert(files, 0, file);
}

struct ifcfg_result *
ifcfg_read_directory(const char *network_scripts, const char *modprobe_d, GError **error)
{
	g_autoptr(GPtrArray) diagnostics = ifcfg_diagnostics_new();
	g_autoptr(GPtrArray) ifcfg = NULL;
	g_autoptr(GPtrArray) modprobe = NULL;
	g_autoptr(GPtrArray) routes = NULL;
	struct ifcfg_result *result;
	struct ifcfg_input input = {0};

	ifcfg = directory_read(network_scripts, directory_is_ifcfg, diagnostics, error);
	if (ifcfg == NULL)
		return NULL;
	routes = directory_read(network_scripts, directory_is_route, diagnostics, error);
	if (routes == NULL)
		return NULL;
	/* A system without kernel modules has no such directory. */
	if (modprobe_d != NULL && g_file_test(modprobe_d, G_FILE_TEST_EXISTS)) {
		modprobe = directory_read(modprobe_d, directory_is_modprobe, diagnostics, error);
		if (modprobe == NULL)
			return NULL;
		read_old_modprobe(modprobe, modprobe_d, diagnostics);
	}
	input.ifcfg = ifcfg;
	input.routes = routes;
	input.modprobe = modprobe;
	input.network = directory_read_network(network_scripts, diagnostics);
	result = ifcfg_interpret(&input, g_steal_pointer(&diagnostics));
	g_clear_pointer(&input.network, directory_file_free);
	return result;
}

struct ifcfg_result *
ifcfg_read_file(const char *path, GError **error)
{
	g_autoptr(GPtrArray) diagnostics = ifcfg_diagnostics_new();
	g_autoptr(GPtrArray) files = g_ptr_array_new_with_free_func((GDestroyNotify) directory_file_free);
	struct directory_file *file = directory_read_file(path, diagnostics);
	struct ifcfg_input input = {.ifcfg = files};

	if (file == NULL) {
		const struct ifcfg_diagnostic *reason = diagnostics->pdata[0];

		g_set_error(error, IFCFG_ERROR, IFCFG_ERROR_READ, "%s: %s. %s", path, reason->message, reason->remedy);
		return NULL;
	}
	g_ptr_array_add(files, file);
	return ifcfg_interpret(&input, g_steal_pointer(&diagnostics));
}

void
ifcfg_result_free(struct ifcfg_result *result)
{
	g_ptr_array_unref(result->profiles);
	g_ptr_array_unref(result->diagnostics);
	g_free(result);
}

gboolean
ifcfg_result_is_usable(const struct ifcfg_result *result)
{
	for (guint i = 0; i < result->diagnostics->len; i++) {
		const struct ifcfg_diagnostic *diagnostic = result->diagnostics->pdata[i];

		if (diagnostic->severity == IFCFG_FATAL)
			return FALSE;
	}
	return TRUE;
}
