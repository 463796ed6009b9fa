/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "authority.h"

#include "error.h"

#include <unistd.h>

#define POLKIT_NAME		"org.freedesktop.PolicyKit1"
#define POLKIT_PATH		"/org/freedesktop/PolicyKit1/Authority"
#define POLKIT_INTERFACE	"org.freedesktop.PolicyKit1.Authority"
#define POLKIT_FLAG_INTERACTION 1u

#define ROOT_UID 0u

static const struct {
	const char *action;
	const char *what; /* "you may not …" */
} actions[] = {
    {"manage-bonds", "make, remove, set up or set down bonds"},
    {"change-options", "change options of bonds"},
    {"attach-ports", "add ports to bonds or take them out"},
    {"import", "have bondd read configuration files"},
};

/* What the bus answers when nobody has polkit's name and nobody can be started for it. */
static const int absences[] = {
    G_DBUS_ERROR_SERVICE_UNKNOWN,	G_DBUS_ERROR_NAME_HAS_NO_OWNER,	      G_DBUS_ERROR_SPAWN_EXEC_FAILED,
    G_DBUS_ERROR_SPAWN_FORK_FAILED,	G_DBUS_ERROR_SPAWN_CHILD_EXITED,      G_DBUS_ERROR_SPAWN_CHILD_SIGNALED,
    G_DBUS_ERROR_SPAWN_FAILED,		G_DBUS_ERROR_SPAWN_SETUP_FAILED,      G_DBUS_ERROR_SPAWN_CONFIG_INVALID,
    G_DBUS_ERROR_SPAWN_SERVICE_INVALID, G_DBUS_ERROR_SPAWN_SERVICE_NOT_FOUND,
};

static const char *
what_of(const char *action)
{
	for (guint i = 0; i < G_N_ELEMENTS(actions); i++) {
		if (g_str_equal(actions[i].action, action))
			return actions[i].what;
	}
	return NULL;
}

gboolean
authority_knows(const char *action)
{
	return what_of(action) != NULL;
}

gboolean
authority_is_trusted(guint32 uid)
{
	return uid == ROOT_UID || uid == geteuid();
}

static gboolean
is_absence(const GError *error)
{
	for (guint i = 0; i < G_N_ELEMENTS(absences); i++) {
		if (g_error_matches(error, G_DBUS_ERROR, absences[i]))
			return TRUE;
	}
	return FALSE;
}

/* --- The question --- */

struct asking {
	char *action;
	char *cancellation_id;
	gboolean interaction;
};

static void
asking_free(gpointer data)
{
	struct asking *asking = data;

	g_free(asking->action);
	g_free(asking->cancellation_id);
	g_free(asking);
}

static GVariant *
polkit_arguments(const struct authority_question *question, const struct asking *asking)
{
	g_autofree char *action = g_strconcat(AUTHORITY_ACTION_PREFIX, question->action, NULL);
	GVariantBuilder subject;

	g_variant_builder_init(&subject, G_VARIANT_TYPE("a{sv}"));
	g_variant_builder_add(&subject, "{sv}", "name", g_variant_new_string(question->sender));
	return g_variant_new("((sa{sv})s@a{ss}us)", "system-bus-name", &subject, action, question->details,
			     question->interaction ? POLKIT_FLAG_INTERACTION : 0, asking->cancellation_id);
}

/* polkit goes on asking for the password unless it is told. */
static void
call_off(GDBusConnection *connection, const struct asking *asking)
{
	g_dbus_connection_call(connection, POLKIT_NAME, POLKIT_PATH, POLKIT_INTERFACE, "CancelCheckAuthorization",
			       g_variant_new("(s)", asking->cancellation_id), NULL, G_DBUS_CALL_FLAGS_NO_AUTO_START, -1,
			       NULL, NULL, NULL);
}

static GError *
failure(const struct asking *asking, const GError *from)
{
	g_autoptr(GError) error = g_error_copy(from);

	if (is_absence(error))
		return g_error_new(G_DBUS_ERROR, G_DBUS_ERROR_ACCESS_DENIED,
				   "only root may %s: polkit, which could let others do it, does not run here",
				   what_of(asking->action));
	g_dbus_error_strip_remote_error(error);
	return g_error_new(G_DBUS_ERROR, G_DBUS_ERROR_ACCESS_DENIED,
			   "only root may %s now: polkit does not say whether you may (%s)", what_of(asking->action),
			   error->message);
}

static GError *
refusal(const struct asking *asking, gboolean challenge, gboolean dismissed)
{
	const char *what = what_of(asking->action);

	if (dismissed)
		return g_error_new(G_DBUS_ERROR, G_DBUS_ERROR_ACCESS_DENIED,
				   "the password that it takes to %s was not given", what);
	if (challenge && !asking->interaction)
		return g_error_new(SERVICE_ERROR, SERVICE_ERROR_INTERACTION_REQUIRED,
				   "it takes a password to %s (polkit action " AUTHORITY_ACTION_PREFIX
				   "%s): call again and allow interactive authorization, or be root",
				   what, asking->action);
	if (challenge)
		return g_error_new(G_DBUS_ERROR, G_DBUS_ERROR_ACCESS_DENIED,
				   "it takes a password to %s (polkit action " AUTHORITY_ACTION_PREFIX
				   "%s), and there is no agent that could ask you for it: start pkttyagent, or be root",
				   what, asking->action);
	if (asking->interaction)
		return g_error_new(G_DBUS_ERROR, G_DBUS_ERROR_ACCESS_DENIED,
				   "you may not %s, or the password was wrong (polkit action " AUTHORITY_ACTION_PREFIX
				   "%s): try again, or be root",
				   what, asking->action);
	return g_error_new(G_DBUS_ERROR, G_DBUS_ERROR_ACCESS_DENIED,
			   "you may not %s: be root, or have a polkit rule allow " AUTHORITY_ACTION_PREFIX "%s", what,
			   asking->action);
}

static void
on_answer(GObject *source, GAsyncResult *result, gpointer user)
{
	g_autoptr(GTask) task = user;
	const struct asking *asking = g_task_get_task_data(task);
	g_autoptr(GError) error = NULL;
	g_autoptr(GVariant) reply = g_dbus_connection_call_finish(G_DBUS_CONNECTION(source), result, &error);
	g_autoptr(GVariant) details = NULL;
	gboolean authorized, challenge;
	const char *dismissed;

	if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED)) {
		call_off(G_DBUS_CONNECTION(source), asking);
		g_task_return_error(task, g_steal_pointer(&error));
		return;
	}
	if (reply == NULL) {
		g_task_return_error(task, failure(asking, error));
		return;
	}
	g_variant_get(reply, "((bb@a{ss}))", &authorized, &challenge, &details);
	if (authorized)
		g_task_return_boolean(task, TRUE);
	else
		g_task_return_error(
		    task, refusal(asking, challenge, g_variant_lookup(details, "polkit.dismissed", "&s", &dismissed)));
}

void
authority_ask(GDBusConnection *connection, const struct authority_question *question, GCancellable *cancellable,
	      GAsyncReadyCallback callback, gpointer user)
{
	GTask *task = g_task_new(connection, cancellable, callback, user);
	struct asking *asking = g_new0(struct asking, 1);

	asking->action = g_strdup(question->action);
	asking->cancellation_id = g_uuid_string_random();
	asking->interaction = question->interaction;
	g_task_set_task_data(task, asking, asking_free);
	/* A password may take its typist any time; without one, polkit's rules answer at once or not at all. */
	g_dbus_connection_call(connection, POLKIT_NAME, POLKIT_PATH, POLKIT_INTERFACE, "CheckAuthorization",
			       polkit_arguments(question, asking), G_VARIANT_TYPE("((bba{ss}))"),
			       G_DBUS_CALL_FLAGS_NONE, question->interaction ? G_MAXINT : -1, cancellable, on_answer,
			       task);
}

gboolean
authority_ask_finish(GAsyncResult *result, GError **error)
{
	return g_task_propagate_boolean(G_TASK(result), error);
}
