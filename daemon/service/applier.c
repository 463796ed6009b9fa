/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "applier.h"

#include "error.h"
#include "reconcile-upper.h"

struct applier {
	struct service_context *context;
	struct configuration *applied;
};

struct applier *
applier_new(struct service_context *context)
{
	struct applier *applier = g_new0(struct applier, 1);

	applier->context = context;
	applier->applied = configuration_new_empty();
	return applier;
}

void
applier_free(struct applier *applier)
{
	configuration_free(applier->applied);
	g_free(applier);
}

static void
report_failure(struct change_list *list, const char *device, GError *error)
{
	change_list_add(list, device, "failed", "%s", error->message);
	g_warning("%s: %s", device, error->message);
	g_error_free(error);
}

/* --- Apply --- */

/* A port that the last configuration put into a bond, unless the new one wants it there. */
static void
remove_stale_port(struct applier *applier, const struct profile *before, const struct configuration *next,
		  struct change_list *list)
{
	const struct profile *wanted = configuration_find(next, before->device);
	PortObject *port = bonds_peek_port(applier->context, before->device);

	if (port == NULL || !g_str_equal(bond_object_name(port_object_bond(port)), before->bond))
		return;
	if (wanted != NULL && g_strcmp0(wanted->bond, before->bond) == 0)
		return;
	change_list_add(list, before->device, "port-removed", "%s", before->bond);
	bond_object_remove_port(port_object_bond(port), port, FALSE);
}

static void
remove_stale_bond(struct applier *applier, const struct profile *before, const struct configuration *next,
		  struct change_list *list)
{
	const struct profile *wanted = configuration_find(next, before->device);
	BondObject *bond = bonds_peek(applier->context, before->device);

	if (bond == NULL || (wanted != NULL && wanted->is_bond))
		return;
	change_list_add(list, before->device, "removed", "not in the configuration any more");
	bonds_remove(applier->context, bond);
}

static gboolean
is_upper(const struct profile *profile)
{
	return profile != NULL && (profile->kind == PROFILE_VLAN || profile->kind == PROFILE_BRIDGE);
}

/* What stood on the bonds goes first. */
static void
remove_stale_uppers(struct applier *applier, const struct configuration *next, struct change_list *list)
{
	g_autoptr(GHashTable) names = reconcile_upper_find(applier->applied);

	for (guint i = 0; i < applier->applied->profiles->len; i++) {
		const struct profile *before = g_ptr_array_index(applier->applied->profiles, i);
		const struct profile *wanted = configuration_find(next, before->device);
		GError *error = NULL;

		if (!is_upper(before) || !before->onboot || !g_hash_table_contains(names, before->device) ||
		    (wanted != NULL && wanted->kind == before->kind))
			continue;
		if (!reconcile_remove_upper(applier->context, before, list, &error))
			report_failure(list, before->device, error);
	}
}

static void
remove_stale(struct applier *applier, const struct configuration *next, struct change_list *list)
{
	remove_stale_uppers(applier, next, list);
	for (guint i = 0; i < applier->applied->profiles->len; i++) {
		const struct profile *before = g_ptr_array_index(applier->applied->profiles, i);

		if (before->bond != NULL)
			remove_stale_port(applier, before, next, list);
	}
	for (guint i = 0; i < applier->applied->profiles->len; i++) {
		const struct profile *before = g_ptr_array_index(applier->applied->profiles, i);

		if (before->is_bond)
			remove_stale_bond(applier, before, next, list);
	}
}

static void
apply_bond(struct applier *applier, const struct profile *wanted, struct change_list *list)
{
	const struct profile *before = configuration_find(applier->applied, wanted->device);
	GError *error = NULL;

	if (!wanted->onboot) {
		change_list_add(list, wanted->device, "skipped", "ONBOOT=no: \u201cbondctl ifup %s\u201d brings it up",
				wanted->device);
		return;
	}
	if (!reconcile_bond(applier->context, wanted, before, list, &error))
		report_failure(list, wanted->device, error);
}

static void
apply_port(struct applier *applier, const struct profile *wanted, struct change_list *list)
{
	GError *error = NULL;

	if (!wanted->onboot || bonds_peek(applier->context, wanted->bond) == NULL) {
		change_list_add(list, wanted->device, "skipped", "%s",
				wanted->onboot ? "its bond is not there" : "ONBOOT=no");
		return;
	}
	if (!reconcile_port(applier->context, wanted, list, &error))
		report_failure(list, wanted->device, error);
}

/* A VLAN on a bridge on a bond comes after what it stands on. */
static gboolean
is_ready(const GPtrArray *done, const struct configuration *configuration, const struct profile *wanted)
{
	const struct profile *lower = wanted->parent != NULL ? configuration_find(configuration, wanted->parent) : NULL;

	return wanted->kind != PROFILE_VLAN || !is_upper(lower) || g_ptr_array_find((GPtrArray *) done, lower, NULL);
}

static void
apply_upper(struct applier *applier, const struct profile *wanted, struct change_list *list)
{
	GError *error = NULL;

	if (!wanted->onboot)
		change_list_add(list, wanted->device, "skipped", "ONBOOT=no: \u201cbondctl ifup %s\u201d brings it up",
				wanted->device);
	else if (!reconcile_upper(applier->context, wanted, configuration_find(applier->applied, wanted->device), list,
				  &error))
		report_failure(list, wanted->device, error);
}

static void
apply_bridge_ports(struct applier *applier, const struct configuration *configuration, GHashTable *names,
		   struct change_list *list)
{
	for (guint i = 0; i < configuration->profiles->len; i++) {
		const struct profile *wanted = g_ptr_array_index(configuration->profiles, i);
		const struct profile *bridge =
		    wanted->bridge != NULL ? configuration_find(configuration, wanted->bridge) : NULL;
		GError *error = NULL;

		if (wanted->bridge == NULL || !g_hash_table_contains(names, wanted->bridge) || !wanted->onboot ||
		    (bridge != NULL && !bridge->onboot))
			continue;
		if (!reconcile_bridge_port(applier->context, wanted, list, &error))
			report_failure(list, wanted->device, error);
	}
}

/* Each round makes what stands on the rounds before; what stands on itself is never ready and says so. */
static void
apply_uppers(struct applier *applier, const struct configuration *configuration, struct change_list *list)
{
	g_autoptr(GHashTable) names = reconcile_upper_find(configuration);
	g_autoptr(GPtrArray) done = g_ptr_array_new();
	guint before;

	do {
		before = done->len;
		for (guint i = 0; i < configuration->profiles->len; i++) {
			struct profile *wanted = g_ptr_array_index(configuration->profiles, i);

			if (!is_upper(wanted) || !g_hash_table_contains(names, wanted->device) ||
			    g_ptr_array_find(done, wanted, NULL) || !is_ready(done, configuration, wanted))
				continue;
			apply_upper(applier, wanted, list);
			g_ptr_array_add(done, wanted);
		}
	} while (done->len > before);
	apply_bridge_ports(applier, configuration, names, list);
}

void
applier_apply(struct applier *applier, struct configuration *configuration, struct change_list *list)
{
	remove_stale(applier, configuration, list);
	for (guint i = 0; i < configuration->profiles->len; i++) {
		const struct profile *wanted = g_ptr_array_index(configuration->profiles, i);

		if (wanted->is_bond)
			apply_bond(applier, wanted, list);
	}
	for (guint i = 0; i < configuration->profiles->len; i++) {
		const struct profile *wanted = g_ptr_array_index(configuration->profiles, i);

		if (!wanted->is_bond && wanted->bond != NULL)
			apply_port(applier, wanted, list);
	}
	apply_uppers(applier, configuration, list);
	configuration_free(applier->applied);
	applier->applied = configuration;
	life_save(applier->context->life);
}

/* --- Over a restart --- */

char *
applier_save(const struct applier *applier)
{
	g_autoptr(GVariant) sources = NULL;
	GVariantBuilder builder;

	g_variant_builder_init(&builder, G_VARIANT_TYPE("a" PROFILE_SOURCE));
	for (guint i = 0; i < applier->applied->profiles->len; i++) {
		const struct profile *profile = g_ptr_array_index(applier->applied->profiles, i);

		g_variant_builder_add_value(&builder, profile->source);
	}
	sources = g_variant_ref_sink(g_variant_builder_end(&builder));
	return g_variant_print(sources, FALSE);
}

static void
restore_profile(struct applier *applier, GVariant *source)
{
	g_autoptr(GError) error = NULL;
	struct profile *profile = profile_new_again(source, &error);

	if (profile != NULL)
		g_ptr_array_add(applier->applied->profiles, profile);
	else
		g_warning("of the configuration that was applied: %s", error->message);
}

void
applier_restore(struct applier *applier, const char *text)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GVariant) sources = g_variant_parse(G_VARIANT_TYPE("a" PROFILE_SOURCE), text, NULL, NULL, &error);

	if (sources == NULL) {
		g_warning("the configuration that was applied last cannot be read any more: %s", error->message);
		return;
	}
	for (gsize i = 0; i < g_variant_n_children(sources); i++) {
		g_autoptr(GVariant) source = g_variant_get_child_value(sources, i);

		restore_profile(applier, source);
	}
}

/* --- ifup --- */

static gboolean
up_port(struct applier *applier, const struct profile *wanted, struct change_list *list, GError **error)
{
	const struct profile *bond = configuration_find(applier->applied, wanted->bond);

	if (bonds_peek(applier->context, wanted->bond) == NULL && bond != NULL &&
	    !reconcile_bond(applier->context, bond, bond, list, error))
		return FALSE;
	return reconcile_port(applier->context, wanted, list, error);
}

/* All ports are tried; the first failure is the answer. */
static gboolean
up_ports(struct applier *applier, const char *bond, struct change_list *list, GError **error)
{
	g_autoptr(GError) first = NULL;

	for (guint i = 0; i < applier->applied->profiles->len; i++) {
		const struct profile *wanted = g_ptr_array_index(applier->applied->profiles, i);

		if (!wanted->is_bond && g_strcmp0(wanted->bond, bond) == 0)
			reconcile_port(applier->context, wanted, list, first == NULL ? &first : NULL);
	}
	if (first == NULL)
		return TRUE;
	g_propagate_error(error, g_steal_pointer(&first));
	return FALSE;
}

/* A VLAN or a bridge, with the ports that the bridge has. */
static gboolean
up_upper(struct applier *applier, const struct profile *wanted, struct change_list *list, GError **error)
{
	if (!reconcile_upper(applier->context, wanted, wanted, list, error))
		return FALSE;
	for (guint i = 0; i < applier->applied->profiles->len; i++) {
		const struct profile *port = g_ptr_array_index(applier->applied->profiles, i);

		if (g_strcmp0(port->bridge, wanted->device) == 0 &&
		    !reconcile_bridge_port(applier->context, port, list, error))
			return FALSE;
	}
	return TRUE;
}

static gboolean
up_configured(struct applier *applier, const struct profile *wanted, GError **error)
{
	struct change_list list;
	gboolean ok;

	change_list_init(&list);
	if (wanted->is_bond)
		ok = reconcile_bond(applier->context, wanted, wanted, &list, error) &&
		     up_ports(applier, wanted->device, &list, error);
	else if (is_upper(wanted))
		ok = up_upper(applier, wanted, &list, error);
	else
		ok = up_port(applier, wanted, &list, error);
	g_variant_builder_clear(&list.changes);
	return ok;
}

static gboolean
no_configuration(const char *name, GError **error)
{
	g_set_error(error, SERVICE_ERROR, SERVICE_ERROR_NO_CONFIGURATION,
		    "%.32s is neither a bond nor a port nor in the configuration that was applied last: write its "
		    "ifcfg file, then \u201cbondctl apply\u201d",
		    name);
	return FALSE;
}

/* Whether it stands on one of the bonds. */
static gboolean
is_ours(struct applier *applier, const struct profile *wanted)
{
	g_autoptr(GHashTable) names = reconcile_upper_find(applier->applied);

	return is_upper(wanted) && g_hash_table_contains(names, wanted->device);
}

gboolean
applier_if_up(struct applier *applier, const char *name, GError **error)
{
	const struct profile *wanted = configuration_find(applier->applied, name);
	BondObject *bond = bonds_peek(applier->context, name);
	PortObject *port = bonds_peek_port(applier->context, name);

	if (wanted != NULL && (wanted->is_bond || wanted->bond != NULL || is_ours(applier, wanted)))
		return up_configured(applier, wanted, error);
	if (bond != NULL)
		return bond_object_set_up(bond, TRUE, error);
	if (port != NULL)
		return link_set_up(applier->context->config, port->device.ifindex, TRUE, error);
	return no_configuration(name, error);
}

/* --- ifdown --- */

/* The ports that the configuration put there; others were added by hand and stay. */
static void
down_ports(struct applier *applier, BondObject *bond)
{
	for (guint i = bond_object_n_ports(bond); i > 0; i--) {
		PortObject *port = bond_object_nth_port(bond, i - 1);
		const struct profile *profile = configuration_find(applier->applied, port_object_name(port));

		if (profile != NULL && g_strcmp0(profile->bond, bond_object_name(bond)) == 0)
			bond_object_remove_port(bond, port, TRUE);
	}
}

static gboolean
down_bond(struct applier *applier, BondObject *bond, GError **error)
{
	const struct profile *profile = configuration_find(applier->applied, bond_object_name(bond));

	down_ports(applier, bond);
	if (profile != NULL)
		reconcile_remove_addresses(applier->context, profile, bond_object_ifindex(bond));
	return bond_object_set_up(bond, FALSE, error);
}

/* Of a port that is in no bond: only set down. */
static gboolean
down_device(struct applier *applier, const char *name, GError **error)
{
	const struct link_info *info = link_watcher_by_name(applier->context->links, name);
	const struct profile *profile = configuration_find(applier->applied, name);

	if (profile == NULL)
		return no_configuration(name, error);
	if (info == NULL)
		return TRUE;
	if (is_upper(profile))
		reconcile_remove_addresses(applier->context, profile, info->ifindex);
	return link_set_up(applier->context->config, info->ifindex, FALSE, error);
}

gboolean
applier_if_down(struct applier *applier, const char *name, GError **error)
{
	BondObject *bond = bonds_peek(applier->context, name);
	PortObject *port = bonds_peek_port(applier->context, name);

	if (port != NULL) {
		bond_object_remove_port(port_object_bond(port), port, TRUE);
		return TRUE;
	}
	if (bond != NULL)
		return down_bond(applier, bond, error);
	return down_device(applier, name, error);
}
