/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gate.h"

#include "authority.h"
#include "error.h"
#include "text/object-path.h"

#define STRICTEST_ACTION "manage-bonds"
#define PROPERTY_ACTION	 "change-options"

/* Calls of one client; the bus itself lets 128 be unanswered, and reading must stay possible. */
#define MAX_WAITING 64
#define MAX_DETAIL  64

struct gate {
	GDBusConnection *connection;
	GHashTable *clients; /* unique name -> struct client */
};

/* What gate_guard() left at an interface. */
struct guard {
	struct gate *gate;
	gate_set_property_func set_property;
};

/* Somebody on the bus that wants to change something. Answers that are under way hold a reference. */
struct client {
	struct gate *gate; /* NULL when the client, or the gate, is gone */
	char *name;
	guint watch;
	gboolean known; /* the bus has said who it is */
	gboolean trusted;
	gboolean busy;	    /* an answer is under way */
	GQueue calls;	    /* struct call; while busy, the first is what is asked about */
	GCancellable *gone; /* ends the question that is under way */
};

struct call {
	GDBusInterfaceSkeleton *interface;
	GDBusMethodInvocation *invocation;
	const char *action;
};

static void client_go_on(struct client *client);

/* Where an interface has its guard. */
static GQuark
gate_quark(void)
{
	return g_quark_from_static_string("bondd-gate");
}

/* --- Calls --- */

static struct call *
call_new(GDBusInterfaceSkeleton *interface, GDBusMethodInvocation *invocation, const char *action)
{
	struct call *call = g_new(struct call, 1);

	call->interface = g_object_ref(interface);
	call->invocation = invocation;
	call->action = action;
	return call;
}

static void
call_free(struct call *call)
{
	g_object_unref(call->interface);
	g_free(call);
}

/* Takes @error; the call is over. */
static void
call_refuse(struct call *call, GError *error)
{
	g_dbus_method_invocation_take_error(call->invocation, error);
	call_free(call);
}

/* What gdbus-codegen made, below the class that has the door. */
static GDBusInterfaceVTable *
inner_vtable(GDBusInterfaceSkeleton *interface)
{
	GDBusInterfaceSkeletonClass *parent = g_type_class_peek_parent(G_OBJECT_GET_CLASS(interface));

	return parent->get_vtable(interface);
}

static void
set_property(GDBusInterfaceSkeleton *interface, GDBusMethodInvocation *invocation)
{
	const struct guard *guard = g_object_get_qdata(G_OBJECT(interface), gate_quark());
	const GDBusPropertyInfo *property = g_dbus_method_invocation_get_property_info(invocation);
	g_autoptr(GVariant) value = NULL;
	GError *error = NULL;

	g_variant_get(g_dbus_method_invocation_get_parameters(invocation), "(&s&sv)", NULL, NULL, &value);
	if (!g_variant_is_of_type(value, G_VARIANT_TYPE(property->signature)))
		g_dbus_method_invocation_return_error(invocation, G_DBUS_ERROR, G_DBUS_ERROR_INVALID_ARGS,
						      "%s is of type %s, not %s", property->name, property->signature,
						      g_variant_get_type_string(value));
	else if (guard->set_property == NULL)
		g_dbus_method_invocation_return_error(invocation, G_DBUS_ERROR, G_DBUS_ERROR_PROPERTY_READ_ONLY,
						      "%s cannot be set", property->name);
	else if (guard->set_property(interface, property->name, value, &error))
		g_dbus_method_invocation_return_value(invocation, NULL);
	else
		service_return_error(invocation, error);
}

static void
carry_out(GDBusInterfaceSkeleton *interface, GDBusMethodInvocation *invocation)
{
	if (g_dbus_method_invocation_get_property_info(invocation) != NULL) {
		set_property(interface, invocation);
		return;
	}
	inner_vtable(interface)->method_call(
	    g_dbus_method_invocation_get_connection(invocation), g_dbus_method_invocation_get_sender(invocation),
	    g_dbus_method_invocation_get_object_path(invocation),
	    g_dbus_method_invocation_get_interface_name(invocation),
	    g_dbus_method_invocation_get_method_name(invocation), g_dbus_method_invocation_get_parameters(invocation),
	    invocation, interface);
}

/* The caller may. What it wants to change may be gone since it called. */
static void
call_let_in(struct call *call)
{
	if (g_dbus_interface_skeleton_get_connection(call->interface) == NULL) {
		call_refuse(call, g_error_new(G_DBUS_ERROR, G_DBUS_ERROR_UNKNOWN_OBJECT,
					      "%s was removed before you were authorized",
					      g_dbus_method_invocation_get_object_path(call->invocation)));
		return;
	}
	carry_out(call->interface, call->invocation);
	call_free(call);
}

/* --- Clients --- */

static void
client_clear(struct client *client)
{
	g_free(client->name);
	g_object_unref(client->gone);
}

static void
client_unref(struct client *client)
{
	g_rc_box_release_full(client, (GDestroyNotify) client_clear);
}

static void
client_refuse_all(struct client *client, const GError *error)
{
	struct call *call;

	while ((call = g_queue_pop_head(&client->calls)) != NULL)
		call_refuse(call, g_error_copy(error));
}

/* Out of the gate's table: the client hung up, or the service ends. */
static void
client_leave(gpointer data)
{
	struct client *client = data;
	g_autoptr(GError) error =
	    g_error_new_literal(G_DBUS_ERROR, G_DBUS_ERROR_NO_REPLY, "bondd ends before you were authorized");

	client->gate = NULL;
	g_bus_unwatch_name(client->watch);
	g_cancellable_cancel(client->gone);
	client_refuse_all(client, error);
	client_unref(client);
}

static void
on_vanished(GDBusConnection *connection, const char *name, gpointer user)
{
	struct client *client = user;

	if (client->gate != NULL)
		g_hash_table_remove(client->gate->clients, client->name);
}

static struct client *
find_client(struct gate *gate, const char *name)
{
	struct client *client = g_hash_table_lookup(gate->clients, name);

	if (client != NULL)
		return client;
	client = g_rc_box_new0(struct client);
	client->gate = gate;
	client->name = g_strdup(name);
	client->gone = g_cancellable_new();
	g_queue_init(&client->calls);
	g_hash_table_insert(gate->clients, client->name, client);
	client->watch = g_bus_watch_name_on_connection(gate->connection, name, G_BUS_NAME_WATCHER_FLAGS_NONE, NULL,
						       on_vanished, client, NULL);
	return client;
}

/* --- Who is it? --- */

static void
on_user_known(GObject *source, GAsyncResult *result, gpointer user)
{
	struct client *client = user;
	g_autoptr(GError) error = NULL;
	g_autoptr(GVariant) reply = g_dbus_connection_call_finish(G_DBUS_CONNECTION(source), result, &error);
	guint32 uid;

	client->busy = FALSE;
	if (client->gate != NULL && reply != NULL) {
		g_variant_get(reply, "(u)", &uid);
		client->trusted = authority_is_trusted(uid);
		client->known = TRUE;
		client_go_on(client);
	} else if (client->gate != NULL) {
		g_autoptr(GError) refused = g_error_new(G_DBUS_ERROR, G_DBUS_ERROR_ACCESS_DENIED,
							"the bus does not say who you are: %s", error->message);

		client_refuse_all(client, refused);
	}
	client_unref(client);
}

static void
client_identify(struct client *client)
{
	client->busy = TRUE;
	g_dbus_connection_call(client->gate->connection, "org.freedesktop.DBus", "/org/freedesktop/DBus",
			       "org.freedesktop.DBus", "GetConnectionUnixUser", g_variant_new("(s)", client->name),
			       G_VARIANT_TYPE("(u)"), G_DBUS_CALL_FLAGS_NONE, -1, client->gone, on_user_known,
			       g_rc_box_acquire(client));
}

/* --- May it? --- */

static void
on_answer(GObject *source, GAsyncResult *result, gpointer user)
{
	struct client *client = user;
	GError *error = NULL;
	gboolean may = authority_ask_finish(result, &error);

	client->busy = FALSE;
	if (client->gate != NULL) {
		struct call *call = g_queue_pop_head(&client->calls);

		if (may)
			call_let_in(call);
		else
			call_refuse(call, g_steal_pointer(&error));
	}
	/* Another look: what the call did may have closed the gate. */
	if (client->gate != NULL)
		client_go_on(client);
	g_clear_error(&error);
	client_unref(client);
}

static void
client_ask(struct client *client, const struct call *call)
{
	GDBusMessage *message = g_dbus_method_invocation_get_message(call->invocation);
	GDBusMessageFlags flags = g_dbus_message_get_flags(message);
	g_autoptr(GVariant) details = g_variant_ref_sink(gate_details(call->invocation));
	const struct authority_question question = {
	    .sender = client->name,
	    .action = call->action,
	    .details = details,
	    .interaction = (flags & G_DBUS_MESSAGE_FLAGS_ALLOW_INTERACTIVE_AUTHORIZATION) != 0,
	};

	client->busy = TRUE;
	authority_ask(client->gate->connection, &question, client->gone, on_answer, g_rc_box_acquire(client));
}

/* Decides the calls that wait, as far as that is possible now. */
static void
client_go_on(struct client *client)
{
	while (client->gate != NULL && !client->busy && !g_queue_is_empty(&client->calls)) {
		if (!client->known)
			client_identify(client);
		else if (client->trusted)
			call_let_in(g_queue_pop_head(&client->calls));
		else
			client_ask(client, g_queue_peek_head(&client->calls));
	}
}

static void
gate_enter(struct gate *gate, struct call *call)
{
	struct client *client = find_client(gate, g_dbus_method_invocation_get_sender(call->invocation));

	if (g_queue_get_length(&client->calls) >= MAX_WAITING) {
		call_refuse(call, g_error_new(G_DBUS_ERROR, G_DBUS_ERROR_LIMITS_EXCEEDED,
					      "%u calls of yours wait already: wait for answers", MAX_WAITING));
		return;
	}
	g_queue_push_tail(&client->calls, call);
	g_rc_box_acquire(client);
	client_go_on(client);
	client_unref(client);
}

/* --- What does a call need, and what is it about? --- */

const char *
gate_action(GDBusAnnotationInfo **annotations, const char *unsaid)
{
	const char *access = g_dbus_annotation_info_lookup(annotations, GATE_ANNOTATION);

	if (g_strcmp0(access, GATE_FREE) == 0)
		return NULL;
	return access != NULL && authority_knows(access) ? access : unsaid;
}

static const char *
action_of(GDBusMethodInvocation *invocation)
{
	const GDBusPropertyInfo *property = g_dbus_method_invocation_get_property_info(invocation);
	const GDBusMethodInfo *method = g_dbus_method_invocation_get_method_info(invocation);

	if (property != NULL)
		return gate_action(property->annotations, PROPERTY_ACTION);
	return gate_action(method != NULL ? method->annotations : NULL, STRICTEST_ACTION);
}

static void
add_detail(GVariantBuilder *details, const char *key, const char *value)
{
	g_autofree char *beginning = g_utf8_substring(value, 0, MIN(g_utf8_strlen(value, -1), MAX_DETAIL));

	g_variant_builder_add(details, "{ss}", key, beginning);
}

/* The options of a{s*}, sorted as they come. */
static void
add_options(GVariantBuilder *details, GVariant *options)
{
	g_autoptr(GString) names = g_string_new(NULL);

	for (gsize i = 0; i < g_variant_n_children(options) && names->len < MAX_DETAIL; i++) {
		g_autoptr(GVariant) entry = g_variant_get_child_value(options, i);
		g_autoptr(GVariant) name = g_variant_get_child_value(entry, 0);

		g_string_append_printf(names, "%s%s", i > 0 ? " " : "", g_variant_get_string(name, NULL));
	}
	add_detail(details, "option", names->str);
}

static void
add_argument(GVariantBuilder *details, const char *name, GVariant *value)
{
	static const char *const told[] = {"bond", "port", "interface", NULL};

	if (g_variant_is_of_type(value, G_VARIANT_TYPE_STRING) && g_strv_contains(told, name))
		add_detail(details, name, g_variant_get_string(value, NULL));
	else if (g_str_equal(name, "options") && g_variant_is_of_type(value, G_VARIANT_TYPE("a{s*}")))
		add_options(details, value);
}

/* A property has its option's name in another spelling: XmitHashPolicy is xmit_hash_policy. */
static void
add_property(GVariantBuilder *details, const char *property)
{
	g_autoptr(GString) option = g_string_new(NULL);

	for (const char *p = property; *p != '\0'; p++) {
		if (g_ascii_isupper(*p) && p > property)
			g_string_append_c(option, '_');
		g_string_append_c(option, g_ascii_tolower(*p));
	}
	add_detail(details, "option", option->str);
}

static void
add_place(GVariantBuilder *details, const char *path)
{
	g_autofree char *bond = NULL;
	g_autofree char *port = NULL;

	object_path_parse(path, &bond, &port);
	if (bond != NULL)
		add_detail(details, "bond", bond);
	if (port != NULL)
		add_detail(details, "port", port);
}

GVariant *
gate_details(GDBusMethodInvocation *invocation)
{
	const GDBusPropertyInfo *property = g_dbus_method_invocation_get_property_info(invocation);
	const GDBusMethodInfo *method = g_dbus_method_invocation_get_method_info(invocation);
	GVariant *parameters = g_dbus_method_invocation_get_parameters(invocation);
	GVariantBuilder details;

	g_variant_builder_init(&details, G_VARIANT_TYPE("a{ss}"));
	add_place(&details, g_dbus_method_invocation_get_object_path(invocation));
	if (property != NULL)
		add_property(&details, property->name);
	for (guint i = 0; property == NULL && method != NULL && method->in_args != NULL && method->in_args[i] != NULL;
	     i++) {
		g_autoptr(GVariant) value = g_variant_get_child_value(parameters, i);

		add_argument(&details, method->in_args[i]->name, value);
	}
	return g_variant_builder_end(&details);
}

/* --- The door --- */

static void
on_method_call(GDBusConnection *connection, const char *sender, const char *path, const char *interface_name,
	       const char *method, GVariant *parameters, GDBusMethodInvocation *invocation, gpointer user)
{
	GDBusInterfaceSkeleton *interface = user;
	const struct guard *guard = g_object_get_qdata(G_OBJECT(interface), gate_quark());
	const char *action = action_of(invocation);

	if (guard == NULL)
		g_dbus_method_invocation_return_error(invocation, G_DBUS_ERROR, G_DBUS_ERROR_ACCESS_DENIED,
						      "%s is not ready to be called", path);
	else if (action == NULL)
		carry_out(interface, invocation);
	else
		gate_enter(guard->gate, call_new(interface, invocation, action));
}

static GVariant *
on_get_property(GDBusConnection *connection, const char *sender, const char *path, const char *interface_name,
		const char *property, GError **error, gpointer user)
{
	return inner_vtable(user)->get_property(connection, sender, path, interface_name, property, error, user);
}

/* Without set_property GDBus brings Set() to on_method_call(), as it comes from the bus. */
static const GDBusInterfaceVTable gate_vtable = {
    .method_call = on_method_call,
    .get_property = on_get_property,
};

static GDBusInterfaceVTable *
get_gate_vtable(GDBusInterfaceSkeleton *interface)
{
	return (GDBusInterfaceVTable *) &gate_vtable;
}

void
gate_class_init(GDBusInterfaceSkeletonClass *class)
{
	class->get_vtable = get_gate_vtable;
}

void
gate_guard(struct gate *gate, GDBusInterfaceSkeleton *interface, gate_set_property_func set_property)
{
	struct guard *guard = g_new(struct guard, 1);

	guard->gate = gate;
	guard->set_property = set_property;
	g_object_set_qdata_full(G_OBJECT(interface), gate_quark(), guard, g_free);
}

struct gate *
gate_new(GDBusConnection *connection)
{
	struct gate *gate = g_new0(struct gate, 1);

	gate->connection = g_object_ref(connection);
	gate->clients = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, client_leave);
	return gate;
}

void
gate_free(struct gate *gate)
{
	g_hash_table_unref(gate->clients);
	g_object_unref(gate->connection);
	g_free(gate);
}
