/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "client.h"

#include "text/object-path.h"

#define SERVICE "org.example.Bond"
#define MANAGER "org.example.Bond.Manager"
#define BOND	"org.example.Bond"
#define PORT	"org.example.Bond.Port"
#define BUSY	"org.example.Bond.Error.Busy"
/* bondd answers at once, or is being started. */
#define CALL_TIMEOUT_MS 15000
/* For one who goes on in any case. */
#define EMPTY_TIMEOUT_MS 4000

struct _Client {
	GObject parent;
	GCancellable *closed;
	GDBusConnection *connection; /* once there is one */
	GQueue waiting;		     /* struct call, until there is a connection */
};

G_DEFINE_FINAL_TYPE(Client, client, G_TYPE_OBJECT)

/* A call, and who waits for what comes of it. */
struct call {
	Client *client;
	char *path;
	const char *interface;
	const char *method;
	GVariant *arguments;
	GCancellable *cancellable;
	client_done done;
	gpointer user;
};

static struct call *
call_new(Client *self, const char *path, const char *interface, const char *method, GVariant *arguments)
{
	struct call *call = g_new0(struct call, 1);

	call->client = g_object_ref(self);
	call->path = g_strdup(path);
	call->interface = interface;
	call->method = method;
	call->arguments = g_variant_ref_sink(arguments);
	return call;
}

static void
call_free(struct call *call)
{
	g_object_unref(call->client);
	g_free(call->path);
	g_variant_unref(call->arguments);
	g_clear_object(&call->cancellable);
	g_free(call);
}

static void
call_finish(struct call *call, const GError *error)
{
	if (call->done != NULL && !g_cancellable_is_cancelled(call->cancellable))
		call->done(call->user, error);
	call_free(call);
}

static void
on_answer(GObject *source, GAsyncResult *result, gpointer user)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GVariant) answer = g_dbus_connection_call_finish(G_DBUS_CONNECTION(source), result, &error);

	call_finish(user, error);
}

/* The cancellable is not given to GDBus: what was sent is carried out, and its order with what follows matters. */
static void
call_send(struct call *call)
{
	g_dbus_connection_call(call->client->connection, SERVICE, call->path, call->interface, call->method,
			       call->arguments, NULL, G_DBUS_CALL_FLAGS_NONE, CALL_TIMEOUT_MS, NULL, on_answer, call);
}

static void
call_begin(struct call *call, GCancellable *cancellable, client_done done, gpointer user)
{
	call->cancellable = cancellable != NULL ? g_object_ref(cancellable) : NULL;
	call->done = done;
	call->user = user;
	if (call->client->connection != NULL)
		call_send(call);
	else
		g_queue_push_tail(&call->client->waiting, call);
}

/* --- bondd --- */

static void
on_connection(GObject *source, GAsyncResult *result, gpointer user)
{
	g_autoptr(GError) error = NULL;
	GDBusConnection *connection = g_bus_get_finish(result, &error);
	Client *self = user;
	struct call *call;

	if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
		return;
	self->connection = connection;
	while ((call = g_queue_pop_head(&self->waiting)) != NULL) {
		if (connection != NULL)
			call_send(call);
		else
			call_finish(call, error);
	}
}

static void
client_dispose(GObject *object)
{
	Client *self = BONDD_CLIENT(object);

	g_cancellable_cancel(self->closed);
	g_clear_object(&self->connection);
	g_clear_object(&self->closed);
	G_OBJECT_CLASS(client_parent_class)->dispose(object);
}

static void
client_class_init(ClientClass *class)
{
	G_OBJECT_CLASS(class)->dispose = client_dispose;
}

static void
client_init(Client *self)
{
	self->closed = g_cancellable_new();
	g_queue_init(&self->waiting);
	g_bus_get(G_BUS_TYPE_SYSTEM, self->closed, on_connection, self);
}

Client *
client_new(void)
{
	return g_object_new(CLIENT_TYPE, NULL);
}

/* --- Bonds --- */

void
client_ensure_bond(Client *self, const char *name, int ifindex, GHashTable *options, GCancellable *cancellable,
		   client_done done, gpointer user)
{
	GVariantBuilder builder;
	GHashTableIter iter;
	gpointer key;
	gpointer value;

	g_variant_builder_init(&builder, G_VARIANT_TYPE_VARDICT);
	g_variant_builder_add(&builder, "{sv}", "ifindex", g_variant_new_int32(ifindex));
	g_hash_table_iter_init(&iter, options);
	while (g_hash_table_iter_next(&iter, &key, &value))
		g_variant_builder_add(&builder, "{sv}", key, g_variant_new_string(value));
	call_begin(call_new(self, OBJECT_PATH_ROOT, MANAGER, "EnsureBond", g_variant_new("(sa{sv})", name, &builder)),
		   cancellable, done, user);
}

/* --- Ports --- */

/* Somebody who waits until a port is in its bond, with its options. */
struct attach {
	Client *client;
	char *bond;
	char *port;
	struct port_options options;
	GCancellable *cancellable;
	gulong on_cancelled;
	client_done done;
	gpointer user;
	guint pending;	 /* calls without an answer */
	gboolean added;	 /* it is in the bond */
	GError *refusal; /* of AddPort, if it may be none */
	GError *error;	 /* the first that mattered */
};

static void
attach_ignore_cancel(struct attach *attach)
{
	if (attach->on_cancelled != 0)
		g_signal_handler_disconnect(attach->cancellable, attach->on_cancelled);
	attach->on_cancelled = 0;
}

static void
attach_free(struct attach *attach)
{
	attach_ignore_cancel(attach);
	g_clear_object(&attach->cancellable);
	g_object_unref(attach->client);
	g_free(attach->bond);
	g_free(attach->port);
	g_clear_error(&attach->refusal);
	g_clear_error(&attach->error);
	g_free(attach);
}

static void
attach_call(struct attach *attach, struct call *call, client_done done)
{
	attach->pending++;
	call_begin(call, NULL, done, attach);
}

/* One of its calls was answered; after the last somebody hears of it. */
static void
attach_answered(gpointer user, const GError *error)
{
	struct attach *attach = user;

	/* What bondd said first tells more than that there is no object. */
	if (error != NULL && attach->error == NULL)
		attach->error = g_error_copy(attach->refusal != NULL ? attach->refusal : error);
	if (--attach->pending > 0)
		return;
	if (!g_cancellable_is_cancelled(attach->cancellable)) {
		/* NetworkManager cancels what is over, too. */
		attach_ignore_cancel(attach);
		if (attach->added && attach->error != NULL)
			client_remove_port(attach->client, attach->bond, attach->port);
		attach->done(attach->user, attach->error);
	}
	attach_free(attach);
}

/* NetworkManager gives up without a detach_port(): what may have been done by then is undone. */
static void
on_attach_cancelled(GCancellable *cancellable, gpointer user)
{
	struct attach *attach = user;

	client_remove_port(attach->client, attach->bond, attach->port);
}

static struct call *
set_property(struct attach *attach, const char *path, const char *property, GVariant *value)
{
	return call_new(attach->client, path, "org.freedesktop.DBus.Properties", "Set",
			g_variant_new("(ssv)", PORT, property, value));
}

static void
set_port_options(struct attach *attach)
{
	const struct port_options *options = &attach->options;
	g_autofree char *path = object_path_port(attach->bond, attach->port);

	if (options->queue_id >= 0)
		attach_call(attach, set_property(attach, path, "QueueId", g_variant_new_uint16(options->queue_id)),
			    attach_answered);
	if (options->has_prio)
		attach_call(attach, set_property(attach, path, "Prio", g_variant_new_int32(options->prio)),
			    attach_answered);
}

/* The port's object is there only now: calls to it must wait for this. */
static void
on_in_bond(gpointer user, const GError *error)
{
	struct attach *attach = user;

	attach->added = error == NULL;
	if (attach->added && !g_cancellable_is_cancelled(attach->cancellable))
		set_port_options(attach);
	attach_answered(attach, error);
}

/* Busy is also what bondd says of a port that is in this bond already: then it has an object there. What is known here
 * of bondd's objects may be older than the calls that are under way, so bondd is asked. */
static void
on_added(gpointer user, const GError *error)
{
	struct attach *attach = user;
	g_autofree char *name = error != NULL ? g_dbus_error_get_remote_error(error) : NULL;
	g_autofree char *path = object_path_port(attach->bond, attach->port);

	if (g_strcmp0(name, BUSY) != 0) {
		on_in_bond(attach, error);
		return;
	}
	attach->refusal = g_error_copy(error);
	attach_call(attach,
		    call_new(attach->client, path, "org.freedesktop.DBus.Properties", "Get",
			     g_variant_new("(ss)", PORT, "Bond")),
		    on_in_bond);
	attach->pending--;
}

void
client_add_port(Client *self, const char *bond, const char *port, const struct port_options *options,
		GCancellable *cancellable, client_done done, gpointer user)
{
	struct attach *attach = g_new0(struct attach, 1);

	attach->client = g_object_ref(self);
	attach->bond = g_strdup(bond);
	attach->port = g_strdup(port);
	attach->options = *options;
	attach->done = done;
	attach->user = user;
	if (cancellable != NULL) {
		attach->cancellable = g_object_ref(cancellable);
		attach->on_cancelled =
		    g_signal_connect(cancellable, "cancelled", G_CALLBACK(on_attach_cancelled), attach);
	}
	attach_call(attach, call_new(self, OBJECT_PATH_ROOT, MANAGER, "AddPort", g_variant_new("(ss)", port, bond)),
		    on_added);
}

void
client_remove_port(Client *self, const char *bond, const char *port)
{
	g_autofree char *path = object_path_bond(bond);

	call_begin(call_new(self, path, BOND, "RemovePort", g_variant_new("(s)", port)), NULL, NULL, NULL);
}

/* Somebody who waits until the ports are out of a bond. */
struct emptying {
	Client *client;
	char *path;    /* of the bond */
	guint pending; /* calls without an answer */
	guint timeout; /* 0: it is over, nobody waits any more */
	client_done done;
	gpointer user;
};

static gboolean
on_too_slow(gpointer user)
{
	struct emptying *emptying = user;

	emptying->timeout = 0;
	emptying->done(emptying->user, NULL);
	return G_SOURCE_REMOVE;
}

/* One of its calls was answered; after the last somebody hears of it. */
static void
emptying_answered(gpointer user, const GError *error)
{
	struct emptying *emptying = user;

	if (--emptying->pending > 0)
		return;
	if (emptying->timeout != 0) {
		g_source_remove(emptying->timeout);
		emptying->done(emptying->user, NULL);
	}
	g_object_unref(emptying->client);
	g_free(emptying->path);
	g_free(emptying);
}

/* Also when nobody waits any more: they are to leave. */
static void
on_ports(GObject *source, GAsyncResult *result, gpointer user)
{
	struct emptying *emptying = user;
	g_autoptr(GVariant) answer = g_dbus_connection_call_finish(G_DBUS_CONNECTION(source), result, NULL);
	g_autoptr(GVariant) value = NULL;
	g_autofree const char **ports = NULL;

	if (answer != NULL)
		g_variant_get(answer, "(v)", &value);
	if (value != NULL && g_variant_is_of_type(value, G_VARIANT_TYPE_STRING_ARRAY))
		ports = g_variant_get_strv(value, NULL);
	for (guint i = 0; ports != NULL && ports[i] != NULL; i++) {
		emptying->pending++;
		call_begin(
		    call_new(emptying->client, emptying->path, BOND, "RemovePort", g_variant_new("(s)", ports[i])),
		    NULL, emptying_answered, emptying);
	}
	emptying_answered(emptying, NULL);
}

void
client_empty_bond(Client *self, const char *bond, client_done done, gpointer user)
{
	struct emptying *emptying;

	if (self->connection == NULL) {
		done(user, NULL);
		return;
	}
	emptying = g_new0(struct emptying, 1);
	emptying->client = g_object_ref(self);
	emptying->path = object_path_bond(bond);
	emptying->pending = 1;
	emptying->done = done;
	emptying->user = user;
	emptying->timeout = g_timeout_add(EMPTY_TIMEOUT_MS, on_too_slow, emptying);
	/* A bondd that is not there has no ports to let go. */
	g_dbus_connection_call(self->connection, SERVICE, emptying->path, "org.freedesktop.DBus.Properties", "Get",
			       g_variant_new("(ss)", BOND, "Ports"), G_VARIANT_TYPE("(v)"),
			       G_DBUS_CALL_FLAGS_NO_AUTO_START, CALL_TIMEOUT_MS, NULL, on_ports, emptying);
}
