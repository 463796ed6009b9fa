/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "manager.h"

#include "applier.h"
#include "bond-ensure.h"
#include "bonds.h"
#include "clock.h"
#include "error.h"
#include "link-recheck.h"
#include "option-list.h"
#include "option-values.h"
#include "text/object-path.h"

struct _Manager {
	DbusBondManagerSkeleton parent;
	struct service_context context;
	struct link_recheck *recheck;
	GSource *link_source;
	GSource *removal_source; /* a bond's interface is gone: the bond goes when the loop is idle */
	GArray *removed;	 /* int: ifindex of such interfaces */
};

static void manager_methods_init(DbusBondManagerIface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE(Manager, manager, DBUS_TYPE_BOND_MANAGER_SKELETON,
			      G_IMPLEMENT_INTERFACE(DBUS_TYPE_BOND_MANAGER, manager_methods_init))

/* --- Links --- */

static BondObject *
find_by_ifindex(Manager *self, int ifindex)
{
	for (guint i = 0; i < self->context.bonds->len; i++) {
		BondObject *bond = g_ptr_array_index(self->context.bonds, i);

		if (bond_object_ifindex(bond) == ifindex)
			return bond;
	}
	return NULL;
}

static gboolean
on_removal(gpointer user)
{
	Manager *self = user;

	g_clear_pointer(&self->removal_source, g_source_unref);
	for (guint i = 0; i < self->removed->len; i++) {
		BondObject *bond = find_by_ifindex(self, g_array_index(self->removed, int, i));

		if (bond != NULL) {
			g_warning("%s: somebody removed its interface, so the bond goes too", bond_object_name(bond));
			bonds_remove(&self->context, bond);
		}
	}
	g_array_set_size(self->removed, 0);
	return G_SOURCE_REMOVE;
}

/* Not at once: a bond may be in the middle of something that made it look for links. */
static void
schedule_removal(Manager *self, int ifindex)
{
	g_array_append_val(self->removed, ifindex);
	if (self->removal_source != NULL)
		return;
	self->removal_source = g_idle_source_new();
	g_source_set_priority(self->removal_source, G_PRIORITY_DEFAULT);
	g_source_set_callback(self->removal_source, on_removal, self, NULL);
	g_source_attach(self->removal_source, NULL);
}

static void
on_link_changed(void *user, enum link_change change, const struct link_info *info, bond_time time)
{
	Manager *self = user;

	if (change == LINK_REMOVED && find_by_ifindex(self, info->ifindex) != NULL)
		schedule_removal(self, info->ifindex);
	for (guint i = 0; i < self->context.bonds->len; i++)
		bond_object_link_changed(g_ptr_array_index(self->context.bonds, i), change, info, time);
}

static void
on_links_settled(void *user, bond_time time)
{
	Manager *self = user;

	link_recheck_kick(self->recheck);
	for (guint i = 0; i < self->context.bonds->len; i++)
		bond_object_links_settled(g_ptr_array_index(self->context.bonds, i), time);
}

/* --- Life --- */

static void
on_bonds_changed(struct service_context *context)
{
	Manager *self = context->user;
	g_autoptr(GPtrArray) names = g_ptr_array_new();

	for (guint i = 0; i < context->bonds->len; i++)
		g_ptr_array_add(names, (gpointer) bond_object_name(g_ptr_array_index(context->bonds, i)));
	g_ptr_array_add(names, NULL);
	dbus_bond_manager_set_bonds(DBUS_BOND_MANAGER(self), (const char *const *) names->pdata);
	life_save(context->life);
}

static void
manager_dispose(GObject *object)
{
	manager_close(MANAGER_OBJECT(object));
	G_OBJECT_CLASS(manager_parent_class)->dispose(object);
}

static void
manager_class_init(ManagerClass *class)
{
	G_OBJECT_CLASS(class)->dispose = manager_dispose;
	gate_class_init(G_DBUS_INTERFACE_SKELETON_CLASS(class));
}

static void
manager_init(Manager *self)
{
	self->removed = g_array_new(FALSE, FALSE, sizeof(int));
	self->context.user = self;
	self->context.bonds_changed = on_bonds_changed;
	self->context.bonds = g_ptr_array_new_with_free_func(g_object_unref);
	self->context.applier = applier_new(&self->context);
	self->recheck = link_recheck_new(&self->context);
	dbus_bond_manager_set_version(DBUS_BOND_MANAGER(self), PACKAGE_VERSION);
	on_bonds_changed(&self->context);
}

static gboolean
open_links(Manager *self, GError **error)
{
	struct service_context *context = &self->context;

	context->config = link_config_new(error);
	if (context->config == NULL)
		return FALSE;
	context->ethtool = ethtool_new(error);
	if (context->ethtool == NULL)
		return FALSE;
	context->addresses = address_cache_new(error);
	if (context->addresses == NULL)
		return FALSE;
	context->links = link_watcher_new(on_link_changed, on_links_settled, self, error);
	if (context->links == NULL)
		return FALSE;
	self->link_source = link_watcher_attach(context->links, NULL);
	return TRUE;
}

static gboolean
export_objects(Manager *self, GDBusConnection *connection, GError **error)
{
	struct service_context *context = &self->context;

	context->connection = g_object_ref(connection);
	context->gate = gate_new(connection);
	gate_guard(context->gate, G_DBUS_INTERFACE_SKELETON(self), NULL);
	context->objects = g_dbus_object_manager_server_new(OBJECT_PATH_ROOT);
	g_dbus_object_manager_server_set_connection(context->objects, connection);
	return g_dbus_interface_skeleton_export(G_DBUS_INTERFACE_SKELETON(self), connection, OBJECT_PATH_ROOT, error);
}

Manager *
manager_new(GDBusConnection *connection, const char *state_directory, const struct host_options *defaults,
	    GError **error)
{
	g_autoptr(Manager) self = g_object_new(MANAGER_TYPE_OBJECT, NULL);

	self->context.defaults = *defaults;
	if (!open_links(self, error) || !export_objects(self, connection, error))
		return NULL;
	self->context.life = life_new(&self->context, state_directory, error);
	if (self->context.life == NULL)
		return NULL;
	life_restore(self->context.life);
	return g_steal_pointer(&self);
}

static void
clear_source(GSource **source)
{
	if (*source != NULL)
		g_source_destroy(*source);
	g_clear_pointer(source, g_source_unref);
}

void
manager_close(Manager *self)
{
	struct service_context *context = &self->context;

	clear_source(&self->link_source);
	clear_source(&self->removal_source);
	/* As they are now the next daemon finds them. */
	if (context->bonds != NULL)
		life_seal(context->life);
	for (guint i = 0; context->bonds != NULL && i < context->bonds->len; i++)
		bond_object_leave(g_ptr_array_index(context->bonds, i));
	g_clear_pointer(&context->bonds, g_ptr_array_unref);
	g_clear_pointer(&context->life, life_free);
	g_clear_pointer(&context->applier, applier_free);
	g_clear_pointer(&self->recheck, link_recheck_free);
	g_clear_pointer(&self->removed, g_array_unref);
	if (context->objects != NULL) {
		g_dbus_interface_skeleton_unexport(G_DBUS_INTERFACE_SKELETON(self));
		g_dbus_object_manager_server_set_connection(context->objects, NULL);
	}
	g_clear_object(&context->objects);
	g_clear_pointer(&context->gate, gate_free);
	g_clear_object(&context->connection);
	g_clear_pointer(&context->links, link_watcher_free);
	g_clear_pointer(&context->addresses, address_cache_free);
	g_clear_pointer(&context->ethtool, ethtool_free);
	g_clear_pointer(&context->config, link_config_free);
}

/* --- Methods --- */

/* Before a call looks at links: all that the kernel has said so far. */
static struct service_context *
catch_up(DbusBondManager *manager)
{
	Manager *self = MANAGER_OBJECT(manager);

	link_watcher_dispatch(self->context.links);
	return &self->context;
}

/* Before an answer: properties and signals of what was done go out first. */
static void
flush(Manager *self)
{
	for (guint i = 0; i < self->context.bonds->len; i++)
		bond_object_flush(g_ptr_array_index(self->context.bonds, i));
	g_dbus_interface_skeleton_flush(G_DBUS_INTERFACE_SKELETON(self));
}

static gboolean
handle_create_bond(DbusBondManager *manager, GDBusMethodInvocation *invocation, const char *name, GVariant *options)
{
	struct service_context *context = catch_up(manager);
	GError *error = NULL;
	g_autoptr(GVariant) text = option_values_to_text(options, &error);
	BondObject *bond = text != NULL ? bonds_create(context, name, text, &error) : NULL;
	g_autofree char *path = NULL;

	if (bond == NULL) {
		service_return_error(invocation, error);
		return TRUE;
	}
	path = bond_object_path(bond);
	flush(MANAGER_OBJECT(manager));
	dbus_bond_manager_complete_create_bond(manager, invocation, path);
	return TRUE;
}

static gboolean
handle_ensure_bond(DbusBondManager *manager, GDBusMethodInvocation *invocation, const char *name, GVariant *options)
{
	struct service_context *context = catch_up(manager);
	GError *error = NULL;
	g_autoptr(GVariant) text = option_values_to_text(options, &error);
	BondObject *bond = text != NULL ? bond_ensure(context, name, text, &error) : NULL;
	g_autofree char *path = NULL;

	flush(MANAGER_OBJECT(manager));
	if (bond == NULL) {
		service_return_error(invocation, error);
		return TRUE;
	}
	path = bond_object_path(bond);
	dbus_bond_manager_complete_ensure_bond(manager, invocation, path);
	return TRUE;
}

static gboolean
handle_remove_bond(DbusBondManager *manager, GDBusMethodInvocation *invocation, const char *name)
{
	struct service_context *context = catch_up(manager);
	GError *error = NULL;
	BondObject *bond = bonds_find(context, name, &error);

	if (bond == NULL) {
		service_return_error(invocation, error);
		return TRUE;
	}
	bonds_remove(context, bond);
	flush(MANAGER_OBJECT(manager));
	dbus_bond_manager_complete_remove_bond(manager, invocation);
	return TRUE;
}

static gboolean
handle_add_port(DbusBondManager *manager, GDBusMethodInvocation *invocation, const char *port, const char *bond_name)
{
	struct service_context *context = catch_up(manager);
	GError *error = NULL;
	BondObject *bond = bonds_find(context, bond_name, &error);
	g_autofree char *path = NULL;

	if (bond == NULL || bond_object_add_port(bond, port, &error) == NULL) {
		service_return_error(invocation, error);
		return TRUE;
	}
	path = object_path_port(bond_object_name(bond), port);
	flush(MANAGER_OBJECT(manager));
	dbus_bond_manager_complete_add_port(manager, invocation, path);
	return TRUE;
}

static gboolean
handle_remove_port(DbusBondManager *manager, GDBusMethodInvocation *invocation, const char *name)
{
	struct service_context *context = catch_up(manager);
	GError *error = NULL;
	PortObject *port = bonds_find_port(context, name, &error);

	if (port == NULL) {
		service_return_error(invocation, error);
		return TRUE;
	}
	bond_object_remove_port(port_object_bond(port), port, FALSE);
	flush(MANAGER_OBJECT(manager));
	dbus_bond_manager_complete_remove_port(manager, invocation);
	return TRUE;
}

static gboolean
handle_if_up(DbusBondManager *manager, GDBusMethodInvocation *invocation, const char *name)
{
	Manager *self = MANAGER_OBJECT(manager);
	GError *error = NULL;
	gboolean ok;

	catch_up(manager);
	ok = applier_if_up(self->context.applier, name, &error);
	flush(self);
	if (ok)
		dbus_bond_manager_complete_if_up(manager, invocation);
	else
		service_return_error(invocation, error);
	return TRUE;
}

static gboolean
handle_if_down(DbusBondManager *manager, GDBusMethodInvocation *invocation, const char *name)
{
	Manager *self = MANAGER_OBJECT(manager);
	GError *error = NULL;
	gboolean ok;

	catch_up(manager);
	ok = applier_if_down(self->context.applier, name, &error);
	flush(self);
	if (ok)
		dbus_bond_manager_complete_if_down(manager, invocation);
	else
		service_return_error(invocation, error);
	return TRUE;
}

static gboolean
handle_apply(DbusBondManager *manager, GDBusMethodInvocation *invocation, const char *scripts, const char *modprobe_d)
{
	Manager *self = MANAGER_OBJECT(manager);
	GError *error = NULL;
	struct configuration *configuration = configuration_read(scripts, modprobe_d, &error);
	g_autoptr(GVariant) diagnostics = NULL;
	struct change_list list;
	gboolean applied;

	if (configuration == NULL) {
		service_return_error(invocation, error);
		return TRUE;
	}
	catch_up(manager);
	change_list_init(&list);
	diagnostics = g_variant_ref(configuration->diagnostics);
	applied = configuration->usable;
	if (applied)
		applier_apply(self->context.applier, configuration, &list);
	else
		configuration_free(configuration);
	flush(self);
	dbus_bond_manager_complete_apply(manager, invocation, applied, g_variant_builder_end(&list.changes),
					 diagnostics);
	return TRUE;
}

static gboolean
handle_check(DbusBondManager *manager, GDBusMethodInvocation *invocation, const char *scripts, const char *modprobe_d)
{
	GError *error = NULL;
	struct configuration *configuration = configuration_read(scripts, modprobe_d, &error);

	if (configuration == NULL) {
		service_return_error(invocation, error);
		return TRUE;
	}
	dbus_bond_manager_complete_check(manager, invocation, configuration->usable, configuration->settings,
					 configuration->diagnostics);
	configuration_free(configuration);
	return TRUE;
}

static gboolean
handle_list_options(DbusBondManager *manager, GDBusMethodInvocation *invocation)
{
	dbus_bond_manager_complete_list_options(manager, invocation, option_list_variant());
	return TRUE;
}

static void
manager_methods_init(DbusBondManagerIface *iface)
{
	iface->handle_create_bond = handle_create_bond;
	iface->handle_ensure_bond = handle_ensure_bond;
	iface->handle_remove_bond = handle_remove_bond;
	iface->handle_add_port = handle_add_port;
	iface->handle_remove_port = handle_remove_port;
	iface->handle_if_up = handle_if_up;
	iface->handle_if_down = handle_if_down;
	iface->handle_apply = handle_apply;
	iface->handle_check = handle_check;
	iface->handle_list_options = handle_list_options;
}
