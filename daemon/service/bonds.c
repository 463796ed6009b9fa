/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bonds.h"

#include "error.h"
#include "interface-name.h"

BondObject *
bonds_peek(const struct service_context *context, const char *name)
{
	for (guint i = 0; i < context->bonds->len; i++) {
		BondObject *bond = g_ptr_array_index(context->bonds, i);

		if (g_str_equal(bond_object_name(bond), name))
			return bond;
	}
	return NULL;
}

PortObject *
bonds_peek_port(const struct service_context *context, const char *name)
{
	for (guint i = 0; i < context->bonds->len; i++) {
		PortObject *port = bond_object_find_port(g_ptr_array_index(context->bonds, i), name);

		if (port != NULL)
			return port;
	}
	return NULL;
}

BondObject *
bonds_find(const struct service_context *context, const char *name, GError **error)
{
	BondObject *bond = bonds_peek(context, name);

	if (bond == NULL)
		g_set_error(error, SERVICE_ERROR, SERVICE_ERROR_NO_SUCH_BOND,
			    "there is no bond %.32s: \u201cbondctl\u201d lists those that are", name);
	return bond;
}

PortObject *
bonds_find_port(const struct service_context *context, const char *name, GError **error)
{
	PortObject *port = bonds_peek_port(context, name);

	if (port == NULL)
		g_set_error(error, SERVICE_ERROR, SERVICE_ERROR_NO_SUCH_PORT,
			    "no bond has a port %.32s: \u201cbondctl\u201d lists those that are", name);
	return port;
}

void
bonds_add(struct service_context *context, BondObject *bond)
{
	g_ptr_array_add(context->bonds, bond);
	context->bonds_changed(context);
}

BondObject *
bonds_create(struct service_context *context, const char *name, GVariant *options, GError **error)
{
	BondObject *bond;

	if (!interface_name_check(name, error))
		return NULL;
	if (bonds_peek(context, name) != NULL) {
		g_set_error(error, SERVICE_ERROR, SERVICE_ERROR_EXISTS,
			    "bond %s exists: remove it first or choose another name", name);
		return NULL;
	}
	bond = bond_object_new(context, name, options, error);
	if (bond == NULL)
		return NULL;
	bonds_add(context, bond);
	return bond;
}

void
bonds_remove(struct service_context *context, BondObject *bond)
{
	bond_object_close(bond);
	g_ptr_array_remove(context->bonds, bond);
	context->bonds_changed(context);
}
