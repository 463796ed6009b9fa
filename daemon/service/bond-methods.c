/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The methods of org.example.Bond.
 */
#include "config.h"

#include "bond-object-private.h"

#include "clock.h"
#include "effects.h"
#include "error.h"
#include "explanation.h"
#include "option-values.h"

#include "engine/status.h"
#include "text/object-path.h"

/* Options as a client gives them: a{sv}. */
static gboolean
set_options(BondObject *self, GVariant *options, GError **error)
{
	g_autoptr(GVariant) text = option_values_to_text(options, error);

	return text != NULL && bond_object_set_options(self, text, error);
}

static gboolean
set_option(BondObject *self, const char *name, GVariant *value, GError **error)
{
	GVariantBuilder builder;
	g_autoptr(GVariant) options = NULL;

	g_variant_builder_init(&builder, G_VARIANT_TYPE_VARDICT);
	g_variant_builder_add(&builder, "{sv}", name, value);
	options = g_variant_ref_sink(g_variant_builder_end(&builder));
	return set_options(self, options, error);
}

static gboolean
handle_set_options(DbusBond *bond, GDBusMethodInvocation *invocation, GVariant *options)
{
	BondObject *self = BOND_OBJECT(bond);
	GError *error = NULL;
	gboolean ok = set_options(self, options, &error);

	bond_object_flush(self);
	if (ok)
		dbus_bond_complete_set_options(bond, invocation);
	else
		service_return_error(invocation, error);
	return TRUE;
}

static gboolean
handle_set_active_port(DbusBond *bond, GDBusMethodInvocation *invocation, const char *port)
{
	BondObject *self = BOND_OBJECT(bond);
	GError *error = NULL;

	if (!set_option(self, "active_slave", g_variant_new_string(port), &error)) {
		service_return_error(invocation, error);
		return TRUE;
	}
	bond_object_flush(self);
	dbus_bond_complete_set_active_port(bond, invocation);
	return TRUE;
}

/* All writable properties are options: the test of the contract sees to it. */
gboolean
bond_methods_set_property(GDBusInterfaceSkeleton *interface, const char *name, GVariant *value, GError **error)
{
	BondObject *self = BOND_OBJECT(interface);
	const struct bond_option *option = option_of_property(name);
	gboolean ok;

	g_return_val_if_fail(option != NULL, FALSE);
	ok = set_option(self, option->name, value, error);
	bond_object_flush(self);
	return ok;
}

static GVariant *
check_options(BondObject *self, GVariant *options, GError **error)
{
	g_autoptr(GVariant) text = option_values_to_text(options, error);
	g_auto(GStrv) settings = text != NULL ? bond_object_read_options(text, error) : NULL;

	return settings != NULL ? effects_of_options(self->bond, (const char *const *) settings, service_now(), error)
				: NULL;
}

static gboolean
handle_check_options(DbusBond *bond, GDBusMethodInvocation *invocation, GVariant *options)
{
	g_autoptr(GError) error = NULL;
	GVariant *effects = check_options(BOND_OBJECT(bond), options, &error);
	g_autoptr(GError) refusal = error != NULL ? service_error_from(error) : NULL;
	g_autofree char *name = refusal != NULL ? g_dbus_error_encode_gerror(refusal) : g_strdup("");

	if (effects == NULL)
		effects = g_variant_new("aa{sv}", NULL);
	dbus_bond_complete_check_options(bond, invocation, refusal == NULL, name,
					 refusal != NULL ? refusal->message : "", effects);
	return TRUE;
}

static gboolean
handle_explain(DbusBond *bond, GDBusMethodInvocation *invocation, GVariant *question)
{
	BondObject *self = BOND_OBJECT(bond);
	g_autofree struct bond_plan_state *state = g_new0(struct bond_plan_state, 1);
	GError *error = NULL;
	GVariant *answer;

	state->random = 1;
	state->rr_counter = datapath_get_turn(self->datapath);
	answer = explanation_answer(self->bond, question, state, service_now(), &error);
	if (answer != NULL)
		dbus_bond_complete_explain(bond, invocation, answer);
	else
		service_return_error(invocation, error);
	return TRUE;
}

static gboolean
handle_get_history(DbusBond *bond, GDBusMethodInvocation *invocation, guint64 after, guint limit)
{
	dbus_bond_complete_get_history(bond, invocation, history_list(BOND_OBJECT(bond)->history, after, limit));
	return TRUE;
}

static gboolean
handle_add_port(DbusBond *bond, GDBusMethodInvocation *invocation, const char *name)
{
	BondObject *self = BOND_OBJECT(bond);
	GError *error = NULL;
	g_autofree char *path = NULL;

	if (bond_object_add_port(self, name, &error) == NULL) {
		service_return_error(invocation, error);
		return TRUE;
	}
	path = object_path_port(bond_object_name(self), name);
	bond_object_flush(self);
	dbus_bond_complete_add_port(bond, invocation, path);
	return TRUE;
}

static gboolean
handle_remove_port(DbusBond *bond, GDBusMethodInvocation *invocation, const char *name)
{
	BondObject *self = BOND_OBJECT(bond);
	PortObject *port = bond_object_find_port(self, name);

	if (port == NULL) {
		service_refuse(invocation, SERVICE_ERROR_NO_SUCH_PORT,
			       "%.32s is no port of %s: \u201cbondctl show %s\u201d lists those that are", name,
			       bond_object_name(self), bond_object_name(self));
		return TRUE;
	}
	bond_object_remove_port(self, port, FALSE);
	bond_object_flush(self);
	dbus_bond_complete_remove_port(bond, invocation);
	return TRUE;
}

static gboolean
handle_get_proc_text(DbusBond *bond, GDBusMethodInvocation *invocation)
{
	g_autofree char *text = bond_status_proc(BOND_OBJECT(bond)->bond, "v" PACKAGE_VERSION);

	dbus_bond_complete_get_proc_text(bond, invocation, text);
	return TRUE;
}

static gboolean
handle_get_attribute(DbusBond *bond, GDBusMethodInvocation *invocation, const char *name)
{
	g_autofree char *text = bond_status_attribute(BOND_OBJECT(bond)->bond, name);

	if (text == NULL)
		service_refuse(invocation, SERVICE_ERROR_NO_SUCH_OPTION, "a bond has no attribute %.64s", name);
	else
		dbus_bond_complete_get_attribute(bond, invocation, text);
	return TRUE;
}

static gboolean
handle_set_attribute(DbusBond *bond, GDBusMethodInvocation *invocation, const char *name, const char *text)
{
	BondObject *self = BOND_OBJECT(bond);
	GError *error = NULL;
	gboolean ok = bond_object_set_attribute(self, name, text, &error);

	bond_object_flush(self);
	if (ok)
		dbus_bond_complete_set_attribute(bond, invocation);
	else
		service_return_error(invocation, error);
	return TRUE;
}

static gboolean
handle_get_options(DbusBond *bond, GDBusMethodInvocation *invocation)
{
	dbus_bond_complete_get_options(bond, invocation, bond_object_get_options(BOND_OBJECT(bond)));
	return TRUE;
}

static gboolean
handle_list_attributes(DbusBond *bond, GDBusMethodInvocation *invocation)
{
	g_autoptr(GPtrArray) names = g_ptr_array_new();
	guint n;
	const struct bond_attribute *attributes = bond_status_attributes(&n);

	for (guint i = 0; i < n; i++)
		g_ptr_array_add(names, (gpointer) attributes[i].name);
	g_ptr_array_add(names, NULL);
	dbus_bond_complete_list_attributes(bond, invocation, (const char *const *) names->pdata);
	return TRUE;
}

void
bond_methods_init(DbusBondIface *iface)
{
	iface->handle_set_options = handle_set_options;
	iface->handle_set_active_port = handle_set_active_port;
	iface->handle_add_port = handle_add_port;
	iface->handle_remove_port = handle_remove_port;
	iface->handle_get_proc_text = handle_get_proc_text;
	iface->handle_get_attribute = handle_get_attribute;
	iface->handle_set_attribute = handle_set_attribute;
	iface->handle_get_options = handle_get_options;
	iface->handle_get_history = handle_get_history;
	iface->handle_check_options = handle_check_options;
	iface->handle_explain = handle_explain;
	iface->handle_list_attributes = handle_list_attributes;
}
