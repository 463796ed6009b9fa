/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The way in to the options: who may set which when, in the order of checks of __bond_opt_set(), and the order of
 * several in one netlink message, bond_changelink() of Linux 6.12.
 */
#include "options-private.h"
#include "status.h"

#include <errno.h>

const char *
option_extack(int errnum)
{
	switch (errnum) {
	case EACCES:
		return "option not supported in mode";
	case ENOTEMPTY:
		return "unable to set option because the bond device has slaves";
	case EBUSY:
		return "unable to set option because the bond is up";
	case ENODEV:
		return "interface does not exist";
	case EINVAL:
		return "invalid option value";
	default:
		return "";
	}
}

gboolean
option_refuse(GError **error, int errnum, const char *format, ...)
{
	va_list args;
	g_autofree char *text = NULL;
	g_autofree char *message = NULL;
	GError *refusal;

	va_start(args, format);
	text = g_strdup_vprintf(format, args);
	va_end(args);
	/* It may quote bytes of a file; D-Bus takes UTF-8 only. */
	message = g_utf8_make_valid(text, -1);
	refusal = g_error_new_literal(BOND_ERROR, errnum, message);
	bond_error_set_extack(refusal, option_extack(errnum));
	g_propagate_error(error, refusal);
	return FALSE;
}

/* "bond0: "x" is no value of mode: …" */
gboolean
option_refuse_value(const struct bond *bond, const struct setting *s, GError **error)
{
	g_autofree char *values = bond_option_describe_values(s->option);
	g_autofree char *text = g_strstrip(g_strdup(s->text));

	return option_refuse(error, EINVAL, "%s: \"%s\" is no value of option %s: it takes %s", bond->name, text,
			     s->name, values);
}

/* --- Checks --- */

static gboolean
check_mode(const struct bond *bond, const struct setting *s, GError **error)
{
	g_autofree char *modes = NULL;

	if (!(s->option->unsupported_modes & (1u << bond->params.mode)))
		return TRUE;
	modes = bond_option_describe_modes(s->option);
	return option_refuse(error, EACCES, "%s: option %s works in %s only, and %s is in mode %s", bond->name, s->name,
			     modes, bond->name, bond_option_value_name(BOND_OPT_MODE, bond->params.mode));
}

/* bond_opt_check_deps() */
static gboolean
check_state(const struct bond *bond, const struct setting *s, GError **error)
{
	if (!check_mode(bond, s, error))
		return FALSE;
	if ((s->option->flags & BOND_OPTFLAG_NOSLAVES) && bond->ports->len > 0) {
		g_autofree char *ports = bond_ports_text(bond, BOND_OPT_SLAVES, ", ");

		return option_refuse(error, ENOTEMPTY, "%s: option %s can change only %s: remove %s first", bond->name,
				     s->name, bond_option_describe_change(s->option), ports);
	}
	if ((s->option->flags & BOND_OPTFLAG_IFDOWN) && bond->up)
		return option_refuse(error, EBUSY, "%s: option %s can change only %s: set %s down first", bond->name,
				     s->name, bond_option_describe_change(s->option), bond->name);
	return TRUE;
}

static gboolean
read_value(const struct bond *bond, struct setting *s, GError **error)
{
	if (s->option->type != BOND_OPTION_ENUM && s->option->type != BOND_OPTION_NUMBER)
		return TRUE;
	return bond_option_parse(s->option, s->text, &s->value) || option_refuse_value(bond, s, error);
}

/* --- Setting --- */

static void
tell_option(struct bond *bond, enum bond_option_id id, const char *was, const char *is, bond_time now)
{
	struct bond_event event = {
	    .type = BOND_EVENT_OPTION,
	    .reason = BOND_REASON_OPTION,
	    .option = id,
	    .old_value = was,
	    .value = is,
	};

	bond_emit(bond, event, now);
}

/* Tells each parameter that has another value than in @before: an option may switch others off. */
static void
tell_changes(struct bond *bond, const struct bond_params *before, bond_time now)
{
	for (guint id = 0; id < BOND_N_OPTIONS; id++) {
		g_autofree char *was = bond_params_text(before, id);
		g_autofree char *is = bond_params_text(&bond->params, id);

		if (g_strcmp0(was, is) != 0)
			tell_option(bond, id, was, is, now);
	}
}

/* Of the port that is meant, or of all if the text names it. */
static char *
port_option_value(const struct bond *bond, const struct setting *s)
{
	if (!(s->option->flags & BOND_OPTFLAG_PORT))
		return NULL;
	return s->port != NULL ? bond_get_port_option(s->port, s->option->name)
			       : bond_ports_text(bond, s->option->id, ",");
}

static void
tell_port_option(struct bond *bond, const struct setting *s, const char *was)
{
	g_autofree char *is = port_option_value(bond, s);
	struct bond_event event = {
	    .type = BOND_EVENT_OPTION,
	    .reason = BOND_REASON_OPTION,
	    .option = s->option->id,
	    .port = s->port,
	    .old_value = was,
	    .value = is,
	};

	bond_emit(bond, event, s->now);
}

/* __bond_opt_set() */
static gboolean
set_one(struct bond *bond, struct setting *s, GError **error)
{
	struct bond_params before = bond->params;
	g_autofree char *was = port_option_value(bond, s);
	gboolean done;

	if (!check_state(bond, s, error) || !read_value(bond, s, error))
		return FALSE;
	bond_begin(bond, BOND_REASON_OPTION);
	done = option_apply(s->option->id)(bond, s, error);
	tell_changes(bond, &before, s->now);
	if (done && (s->option->flags & BOND_OPTFLAG_PORT))
		tell_port_option(bond, s, was);
	bond_finish(bond, s->now);
	return done;
}

static gboolean
is_read_only_attribute(const char *name)
{
	guint n;
	const struct bond_attribute *attributes = bond_status_attributes(&n);

	for (guint i = 0; i < n; i++) {
		if (g_str_equal(attributes[i].name, name))
			return (attributes[i].mode & 0200) == 0;
	}
	return FALSE;
}

/* The option that @source knows by @name. */
static const struct bond_option *
find_option(const struct bond *bond, const char *name, enum bond_option_source source, GError **error)
{
	const struct bond_option *option = bond_option_find(name);
	guint way = source == BOND_SOURCE_SYSFS ? BOND_OPTFLAG_SYSFS : BOND_OPTFLAG_NETLINK;

	if (source == BOND_SOURCE_SYSFS && is_read_only_attribute(name))
		option_refuse(error, EACCES, "%s: %s can only be read", bond->name, name);
	else if (option == NULL)
		option_refuse(error, ENOENT, "%s: there is no option \"%s\"", bond->name, name);
	else if (option->id == BOND_OPT_SLAVES && source != BOND_SOURCE_SYSFS)
		option_refuse(error, ENOENT, "%s: slaves is no option that can be set: add and remove ports instead",
			      bond->name);
	else if (!(option->flags & way))
		option_refuse(error, ENOENT, "%s: option %s has no sysfs attribute", bond->name, name);
	else
		return option;
	return NULL;
}

gboolean
bond_set_option(struct bond *bond, const char *name, const char *value, enum bond_option_source source, bond_time now,
		GError **error)
{
	struct setting s = {.name = name, .text = value, .source = source, .now = now};

	s.option = find_option(bond, name, source, error);
	if (s.option == NULL)
		return FALSE;
	if ((s.option->flags & BOND_OPTFLAG_PORT) && s.option->type == BOND_OPTION_NUMBER)
		return option_refuse(error, ENOENT, "%s: option %s belongs to a port: set it there", bond->name, name);
	return set_one(bond, &s, error);
}

gboolean
bond_set_port_option(struct bond *bond, const char *port, const char *name, const char *value, bond_time now,
		     GError **error)
{
	struct setting s = {.name = name, .text = value, .source = BOND_SOURCE_NETLINK, .now = now};

	s.option = bond_option_find(name);
	s.port = bond_find_port(bond, port);
	if (s.option == NULL || !(s.option->flags & BOND_OPTFLAG_PORT))
		return option_refuse(error, ENOENT, "%s: there is no option \"%s\" of a port", bond->name, name);
	if (s.port == NULL)
		return option_refuse_stranger(bond, port, error);
	if (s.option->type == BOND_OPTION_PORT_VALUE &&
	    !g_ascii_string_to_signed(value, 10, s.option->min, s.option->max, &s.value, NULL))
		return option_refuse_value(bond, &s, error);
	return set_one(bond, &s, error);
}

/* The order in which bond_changelink() takes the attributes of a message, whatever theirs is. */
static const enum bond_option_id netlink_order[] = {
    BOND_OPT_MODE,
    BOND_OPT_ACTIVE_SLAVE,
    BOND_OPT_MIIMON,
    BOND_OPT_UPDELAY,
    BOND_OPT_DOWNDELAY,
    BOND_OPT_PEER_NOTIF_DELAY,
    BOND_OPT_USE_CARRIER,
    BOND_OPT_ARP_INTERVAL,
    BOND_OPT_ARP_IP_TARGET,
    BOND_OPT_NS_IP6_TARGET,
    BOND_OPT_ARP_VALIDATE,
    BOND_OPT_ARP_ALL_TARGETS,
    BOND_OPT_PRIMARY,
    BOND_OPT_PRIMARY_RESELECT,
    BOND_OPT_FAIL_OVER_MAC,
    BOND_OPT_XMIT_HASH_POLICY,
    BOND_OPT_RESEND_IGMP,
    BOND_OPT_NUM_PEER_NOTIF,
    BOND_OPT_ALL_SLAVES_ACTIVE,
    BOND_OPT_MIN_LINKS,
    BOND_OPT_LP_INTERVAL,
    BOND_OPT_PACKETS_PER_SLAVE,
    BOND_OPT_LACP_ACTIVE,
    BOND_OPT_LACP_RATE,
    BOND_OPT_AD_SELECT,
    BOND_OPT_AD_ACTOR_SYS_PRIO,
    BOND_OPT_AD_USER_PORT_KEY,
    BOND_OPT_AD_ACTOR_SYSTEM,
    BOND_OPT_TLB_DYNAMIC_LB,
    BOND_OPT_ARP_MISSED_MAX,
    BOND_OPT_COUPLED_CONTROL,
    BOND_OPT_BROADCAST_NEIGHBOR,
    BOND_OPT_LACP_STRICT,
    BOND_OPT_QUEUE_ID, /* not part of the message: a convenience of ours */
};

/* Whether @settings has @id with a number other than 0. */
static gboolean
asks_for(const char *const *settings, enum bond_option_id id)
{
	const struct bond_option *option = &bond_option_table()[id];
	gint64 value = 0;

	for (; settings[0] != NULL; settings += 2) {
		if (bond_option_find(settings[0]) == option)
			bond_option_parse(option, settings[1], &value);
	}
	return value != 0;
}

/* One message must not ask for both monitors; one after the other they switch each other off. */
static gboolean
check_monitors(const struct bond *bond, enum bond_option_id id, const char *const *settings, GError **error)
{
	const char *what = id == BOND_OPT_ARP_INTERVAL ? "monitoring" : "validating";
	const char *extack = id == BOND_OPT_ARP_INTERVAL ? "ARP monitoring cannot be used with MII monitoring"
							 : "ARP validating cannot be used with MII monitoring";

	if (id != BOND_OPT_ARP_INTERVAL && id != BOND_OPT_ARP_VALIDATE)
		return TRUE;
	if (!asks_for(settings, id) || !asks_for(settings, BOND_OPT_MIIMON))
		return TRUE;
	option_refuse(error, EINVAL, "%s: ARP %s cannot be used with MII monitoring: set either miimon or %s",
		      bond->name, what, bond_option_table()[id].name);
	bond_error_set_extack(error ? *error : NULL, extack);
	return FALSE;
}

static gboolean
check_names(const struct bond *bond, const char *const *settings, GError **error)
{
	for (; settings[0] != NULL; settings += 2) {
		const struct bond_option *option = find_option(bond, settings[0], BOND_SOURCE_NETLINK, error);

		if (option == NULL)
			return FALSE;
		if ((option->flags & BOND_OPTFLAG_PORT) && option->type == BOND_OPTION_NUMBER)
			return option_refuse(error, ENOENT, "%s: option %s belongs to a port: set it there", bond->name,
					     settings[0]);
	}
	return TRUE;
}

/* All values of @settings for one option. */
static gboolean
set_each(struct bond *bond, enum bond_option_id id, const char *const *settings, bond_time now, GError **error)
{
	const struct bond_option *option = &bond_option_table()[id];

	for (const char *const *pair = settings; pair[0] != NULL; pair += 2) {
		struct setting s = {.name = pair[0], .text = pair[1], .source = BOND_SOURCE_NETLINK, .now = now};

		s.option = bond_option_find(pair[0]);
		if (s.option != option)
			continue;
		if (!check_monitors(bond, id, settings, error) || !set_one(bond, &s, error))
			return FALSE;
	}
	return TRUE;
}

gboolean
bond_set_options(struct bond *bond, const char *const *settings, bond_time now, GError **error)
{
	gboolean done = TRUE;

	if (!check_names(bond, settings, error))
		return FALSE;
	bond_begin(bond, BOND_REASON_OPTION);
	for (guint i = 0; done && i < G_N_ELEMENTS(netlink_order); i++)
		done = set_each(bond, netlink_order[i], settings, now, error);
	bond_finish(bond, now);
	return done;
}
