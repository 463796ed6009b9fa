/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bond-ensure.h"

#include "bond-object-private.h"
#include "bond-trial.h"
#include "clock.h"
#include "error.h"
#include "interface-name.h"

#include <net/if.h>

GVariant *
bond_ensure_difference(BondObject *bond, GVariant *options, const struct host_options *defaults, gboolean *rebuild,
		       GError **error)
{
	struct bond *trial = bond_trial_new(bond_object_name(bond));
	struct host_options host;
	g_auto(GStrv) settings = host_options_take(options, defaults, &host, error);
	GVariant *result = NULL;

	*rebuild = FALSE;
	if (settings != NULL && bond_set_options(trial, (const char *const *) settings, 0, error)) {
		result = g_variant_ref_sink(bond_trial_difference(bond_object_engine(bond), trial, rebuild));
		/* Who does not speak of the host side leaves it as it is. */
		if (!host_options_check_none(options, NULL))
			*rebuild = *rebuild || !host_options_equal(&host, bond_object_host_options(bond));
	}
	bond_free(trial, 0);
	return result;
}

/* --- A bond that is there --- */

/* Some options can only be set while it is down; with ports it is left to the engine to refuse. */
static gboolean
change_down(BondObject *bond, GVariant *options, GError **error)
{
	gboolean was_up = bond_is_up(bond_object_engine(bond));
	gboolean ok;

	if (was_up && !bond_object_set_up(bond, FALSE, error))
		return FALSE;
	ok = bond_object_set_options(bond, options, error);
	return (!was_up || bond_object_set_up(bond, TRUE, ok ? error : NULL)) && ok;
}

static gboolean
change(BondObject *bond, GVariant *options, GError **error)
{
	gboolean rebuild;
	g_autoptr(GVariant) difference =
	    bond_ensure_difference(bond, options, &bond->context->defaults, &rebuild, error);

	if (difference == NULL)
		return FALSE;
	if (g_variant_n_children(difference) == 0)
		return TRUE;
	if (rebuild && bond_object_n_ports(bond) == 0)
		return change_down(bond, difference, error);
	return bond_object_set_options(bond, difference, error);
}

/* --- An interface that is there --- */

static gboolean
check_tap(const struct link_info *link, GError **error)
{
	if (strncmp(link->kind, "tun", sizeof(link->kind)) == 0 && !link->carrier)
		return TRUE;
	g_set_error(error, SERVICE_ERROR, SERVICE_ERROR_EXISTS,
		    "an interface %.16s exists already, and it is no TAP device that waits for a bond", link->name);
	return FALSE;
}

/* net-sysfs: 3, somebody chose the address. rtnetlink does not say it. */
static gboolean
has_chosen_address(const char *name)
{
	g_autofree char *path = g_strdup_printf("/sys/class/net/%s/addr_assign_type", name);
	g_autofree char *text = NULL;

	return g_file_get_contents(path, &text, NULL, NULL) && g_str_has_prefix(text, "3");
}

static gboolean
begin_on(BondObject *self, const char *name, const struct link_info *link, GVariant *options, GError **error)
{
	const struct datapath_remains remains = {.ifindex = link->ifindex};
	/* Whatever the host side of other bonds is by default. */
	struct host_options defaults = self->context->defaults;
	struct bond_mac mac = link->mac;

	defaults.kind = DATAPATH_HOST_TAP;
	if (!bond_object_make_engine(self, name, &mac, &defaults, options, error))
		return FALSE;
	if (self->host.kind != DATAPATH_HOST_TAP) {
		g_set_error(error, SERVICE_ERROR, SERVICE_ERROR_EXISTS,
			    "%s is a TAP device, which option host does not want", name);
		return FALSE;
	}
	if (has_chosen_address(name) && !bond_set_mac(self->bond, &mac, service_now(), error))
		return FALSE;
	return bond_object_make_datapath(self, &remains, error) && datapath_set_carrier(self->datapath, FALSE, error);
}

BondObject *
bond_object_take_over(struct service_context *context, const char *name, GVariant *options, GError **error)
{
	const struct link_info *link = link_watcher_by_name(context->links, name);
	g_autoptr(BondObject) self = NULL;

	/* The kernel tells nobody of the carrier of an interface that is down. */
	if (!link_watcher_refresh(context->links, link->ifindex, error))
		return NULL;
	link = link_watcher_by_name(context->links, name);
	if (link == NULL)
		g_set_error(error, SERVICE_ERROR, SERVICE_ERROR_NO_DEVICE, "%s was removed meanwhile", name);
	if (link == NULL || !check_tap(link, error))
		return NULL;
	self = bond_object_begin(context);
	if (!begin_on(self, name, link, options, error)) {
		bond_object_leave(self);
		return NULL;
	}
	if (self->early_plan != NULL)
		datapath_publish(self->datapath, g_steal_pointer(&self->early_plan));
	self->links_dirty = TRUE;
	bond_object_links_settled(self, service_now());
	if (self->host.up && !bond_object_set_up(self, TRUE, error)) {
		bond_object_leave(self);
		return NULL;
	}
	bond_object_complete(self);
	g_info("%s: took over its interface", name);
	return g_steal_pointer(&self);
}

/* Who asked for the interface may have given it up by the time this is carried out: then there shall be no bond. */
static gboolean
check_ifindex(const struct link_info *link, const char *name, const char *wanted, GError **error)
{
	gint64 ifindex;

	if (wanted == NULL)
		return TRUE;
	if (!g_ascii_string_to_signed(wanted, 10, 1, G_MAXINT, &ifindex, NULL)) {
		g_set_error(error, SERVICE_ERROR, SERVICE_ERROR_INVALID_VALUE,
			    "option ifindex is the index of an interface, a positive number, not \"%s\"", wanted);
		return FALSE;
	}
	if (link != NULL && link->ifindex == ifindex)
		return TRUE;
	g_set_error(error, SERVICE_ERROR, SERVICE_ERROR_NO_DEVICE,
		    "there is no interface %s of index %" G_GINT64_FORMAT " (any more)", name, ifindex);
	return FALSE;
}

static BondObject *
ensure(struct service_context *context, const char *name, GVariant *options, GError **error)
{
	BondObject *bond = bonds_peek(context, name);

	if (bond != NULL)
		return change(bond, options, error) ? bond : NULL;
	if (!interface_name_check(name, error))
		return NULL;
	if (link_watcher_by_name(context->links, name) == NULL)
		return bonds_create(context, name, options, error);
	bond = bond_object_take_over(context, name, options, error);
	if (bond != NULL)
		bonds_add(context, bond);
	return bond;
}

BondObject *
bond_ensure(struct service_context *context, const char *name, GVariant *options, GError **error)
{
	g_autoptr(GVariant) rest = NULL;
	const char *ifindex = NULL;
	GVariantBuilder builder;
	GVariantIter iter;
	const char *option;
	const char *value;

	g_variant_builder_init(&builder, G_VARIANT_TYPE("a{ss}"));
	g_variant_iter_init(&iter, options);
	while (g_variant_iter_next(&iter, "{&s&s}", &option, &value)) {
		if (g_str_equal(option, "ifindex"))
			ifindex = value;
		else
			g_variant_builder_add(&builder, "{ss}", option, value);
	}
	rest = g_variant_ref_sink(g_variant_builder_end(&builder));
	if (!check_ifindex(link_watcher_by_name(context->links, name), name, ifindex, error))
		return NULL;
	return ensure(context, name, rest, error);
}
