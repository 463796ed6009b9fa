/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "error.h"

#include "datapath/datapath.h"
#include "link/link-watcher.h"
#include "ifcfg/ifcfg.h"

#include <errno.h>

#define ERROR_PREFIX "org.example.Bond.Error."

static const GDBusErrorEntry error_names[] = {
    {SERVICE_ERROR_FAILED, ERROR_PREFIX "Failed"},
    {SERVICE_ERROR_WRONG_MODE, ERROR_PREFIX "WrongMode"},
    {SERVICE_ERROR_BUSY, ERROR_PREFIX "Busy"},
    {SERVICE_ERROR_NOT_PERMITTED, ERROR_PREFIX "NotPermitted"},
    {SERVICE_ERROR_HAS_PORTS, ERROR_PREFIX "HasPorts"},
    {SERVICE_ERROR_INVALID_VALUE, ERROR_PREFIX "InvalidValue"},
    {SERVICE_ERROR_NO_SUCH_OPTION, ERROR_PREFIX "NoSuchOption"},
    {SERVICE_ERROR_EXISTS, ERROR_PREFIX "Exists"},
    {SERVICE_ERROR_NO_DEVICE, ERROR_PREFIX "NoDevice"},
    {SERVICE_ERROR_ADDRESS_IN_USE, ERROR_PREFIX "AddressInUse"},
    {SERVICE_ERROR_NOT_SUPPORTED, ERROR_PREFIX "NotSupported"},
    {SERVICE_ERROR_NO_SUCH_BOND, ERROR_PREFIX "NoSuchBond"},
    {SERVICE_ERROR_NO_SUCH_PORT, ERROR_PREFIX "NoSuchPort"},
    {SERVICE_ERROR_NO_CONFIGURATION, ERROR_PREFIX "NoConfiguration"},
    {SERVICE_ERROR_INVALID_NAME, ERROR_PREFIX "InvalidName"},
    {SERVICE_ERROR_CONFIG_UNREADABLE, ERROR_PREFIX "ConfigUnreadable"},
    /* The one that clients of systemd's services know. */
    {SERVICE_ERROR_INTERACTION_REQUIRED, "org.freedesktop.DBus.Error.InteractiveAuthorizationRequired"},
};

G_STATIC_ASSERT(G_N_ELEMENTS(error_names) == SERVICE_N_ERRORS);

GQuark
service_error_quark(void)
{
	static gsize quark;

	g_dbus_error_register_error_domain("service-error-quark", &quark, error_names, G_N_ELEMENTS(error_names));
	return (GQuark) quark;
}

/* Engine and link layer: the kernel's errno. */
static const struct {
	int errnum;
	enum service_error code;
} errno_codes[] = {
    {EACCES, SERVICE_ERROR_WRONG_MODE},	    {EBUSY, SERVICE_ERROR_BUSY},
    {EPERM, SERVICE_ERROR_NOT_PERMITTED},   {ENOTEMPTY, SERVICE_ERROR_HAS_PORTS},
    {EINVAL, SERVICE_ERROR_INVALID_VALUE},  {ERANGE, SERVICE_ERROR_INVALID_VALUE},
    {ENOENT, SERVICE_ERROR_NO_SUCH_OPTION}, {EEXIST, SERVICE_ERROR_EXISTS},
    {ENODEV, SERVICE_ERROR_NO_DEVICE},	    {ENXIO, SERVICE_ERROR_NO_DEVICE},
    {EFAULT, SERVICE_ERROR_ADDRESS_IN_USE}, {ENOTSUP, SERVICE_ERROR_NOT_SUPPORTED},
};

static const struct {
	enum service_error code;
	int errnum;
} datapath_codes[] = {
    [DATAPATH_ERROR_FAILED] = {SERVICE_ERROR_FAILED, EIO},
    [DATAPATH_ERROR_BUSY] = {SERVICE_ERROR_BUSY, EBUSY},
    [DATAPATH_ERROR_EXISTS] = {SERVICE_ERROR_EXISTS, EEXIST},
    [DATAPATH_ERROR_NO_DEVICE] = {SERVICE_ERROR_NO_DEVICE, ENODEV},
    [DATAPATH_ERROR_NOT_PERMITTED] = {SERVICE_ERROR_NOT_PERMITTED, EPERM},
    [DATAPATH_ERROR_UNSUPPORTED] = {SERVICE_ERROR_NOT_SUPPORTED, EOPNOTSUPP},
};

static enum service_error
code_of_errno(int errnum)
{
	for (guint i = 0; i < G_N_ELEMENTS(errno_codes); i++) {
		if (errno_codes[i].errnum == errnum)
			return errno_codes[i].code;
	}
	return SERVICE_ERROR_FAILED;
}

static enum service_error
code_of(const GError *error)
{
	if (error->domain == SERVICE_ERROR)
		return error->code;
	if (error->domain == BOND_ERROR || error->domain == LINK_ERROR)
		return code_of_errno(error->code);
	if (error->domain == DATAPATH_ERROR && error->code >= 0 && error->code < G_N_ELEMENTS(datapath_codes))
		return datapath_codes[error->code].code;
	if (error->domain == IFCFG_ERROR)
		return SERVICE_ERROR_CONFIG_UNREADABLE;
	return SERVICE_ERROR_FAILED;
}

GError *
service_error_from(const GError *error)
{
	/* Messages quote what came from outside, maybe cut in the middle of a character. */
	g_autofree char *message = g_utf8_make_valid(error->message, -1);

	return g_error_new_literal(SERVICE_ERROR, code_of(error), message);
}

void
service_return_error(GDBusMethodInvocation *invocation, GError *error)
{
	g_autoptr(GError) from = error;

	g_dbus_method_invocation_take_error(invocation, service_error_from(from));
}

void
service_refuse(GDBusMethodInvocation *invocation, enum service_error code, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	service_return_error(invocation, g_error_new_valist(SERVICE_ERROR, code, format, args));
	va_end(args);
}

int
service_error_to_errno(const GError *error)
{
	if (error->domain == LINK_ERROR || error->domain == BOND_ERROR)
		return error->code > 0 ? -error->code : -EIO;
	if (error->domain == DATAPATH_ERROR && error->code >= 0 && error->code < G_N_ELEMENTS(datapath_codes))
		return -datapath_codes[error->code].errnum;
	return -EIO;
}
