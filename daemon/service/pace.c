/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "pace.h"

/* So many are between the two threads: enough to keep both busy, and done in no time. */
#define MAX_UNDONE 4
/* The main loop may itself wait for the thread that waits here (g_dbus_connection_flush_sync()). */
#define PATIENCE_USEC (50 * G_TIME_SPAN_MILLISECOND)

struct pace {
	GDBusConnection *connection;
	guint filter;
	GMutex lock;
	GCond done;
	guint n_undone;
	gboolean over;
};

static void
pace_clear(gpointer data)
{
	struct pace *pace = data;

	g_object_unref(pace->connection);
	g_mutex_clear(&pace->lock);
	g_cond_clear(&pace->done);
}

static void
pace_unref(gpointer data)
{
	g_atomic_rc_box_release_full(data, pace_clear);
}

/* In the main loop, right before the call that it was made for: those before that are done. */
static gboolean
on_turn(gpointer user)
{
	struct pace *pace = user;

	g_mutex_lock(&pace->lock);
	pace->n_undone--;
	g_cond_signal(&pace->done);
	g_mutex_unlock(&pace->lock);
	return G_SOURCE_REMOVE;
}

static void
add_turn(struct pace *pace)
{
	g_autoptr(GSource) source = g_idle_source_new();

	/* That of the source that GDBus makes for the call. */
	g_source_set_priority(source, G_PRIORITY_DEFAULT);
	g_source_set_static_name(source, "pace of calls");
	g_source_set_callback(source, on_turn, g_atomic_rc_box_acquire(pace), pace_unref);
	g_source_attach(source, NULL);
}

/* In the thread of GDBus. */
static void
take_turn(struct pace *pace)
{
	gint64 end = g_get_monotonic_time() + PATIENCE_USEC;

	g_mutex_lock(&pace->lock);
	while (pace->n_undone >= MAX_UNDONE && !pace->over && g_cond_wait_until(&pace->done, &pace->lock, end))
		;
	pace->n_undone++;
	g_mutex_unlock(&pace->lock);
	add_turn(pace);
}

static GDBusMessage *
on_message(GDBusConnection *connection, GDBusMessage *message, gboolean incoming, gpointer user)
{
	if (incoming && g_dbus_message_get_message_type(message) == G_DBUS_MESSAGE_TYPE_METHOD_CALL)
		take_turn(user);
	return message;
}

struct pace *
pace_new(GDBusConnection *connection)
{
	struct pace *pace = g_atomic_rc_box_new0(struct pace);

	pace->connection = g_object_ref(connection);
	g_mutex_init(&pace->lock);
	g_cond_init(&pace->done);
	pace->filter = g_dbus_connection_add_filter(connection, on_message, g_atomic_rc_box_acquire(pace), pace_unref);
	return pace;
}

void
pace_free(struct pace *pace)
{
	g_mutex_lock(&pace->lock);
	pace->over = TRUE;
	g_cond_signal(&pace->done);
	g_mutex_unlock(&pace->lock);
	g_dbus_connection_remove_filter(pace->connection, pace->filter);
	pace_unref(pace);
}
