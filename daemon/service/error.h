/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Errors as D-Bus callers see them: org.example.Bond.Error.*, one name a case, mapped from the errors of the layers
 * below by a table.
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define SERVICE_ERROR (service_error_quark())
GQuark service_error_quark(void);

enum service_error {
	SERVICE_ERROR_FAILED,
	SERVICE_ERROR_WRONG_MODE,
	SERVICE_ERROR_BUSY,
	SERVICE_ERROR_NOT_PERMITTED,
	SERVICE_ERROR_HAS_PORTS,
	SERVICE_ERROR_INVALID_VALUE,
	SERVICE_ERROR_NO_SUCH_OPTION,
	SERVICE_ERROR_EXISTS,
	SERVICE_ERROR_NO_DEVICE,
	SERVICE_ERROR_ADDRESS_IN_USE,
	SERVICE_ERROR_NOT_SUPPORTED,
	SERVICE_ERROR_NO_SUCH_BOND,
	SERVICE_ERROR_NO_SUCH_PORT,
	SERVICE_ERROR_NO_CONFIGURATION,
	SERVICE_ERROR_INVALID_NAME,
	SERVICE_ERROR_CONFIG_UNREADABLE,
	SERVICE_ERROR_INTERACTION_REQUIRED,
	SERVICE_N_ERRORS,
};

/**
 * service_error_from:
 * @error: of any layer
 *
 * Returns: (transfer full): the same message, made valid UTF-8, in the domain SERVICE_ERROR.
 */
GError *service_error_from(const GError *error);

/**
 * service_return_error:
 * @invocation: (transfer full): a call to be refused
 * @error: (transfer full): why
 */
void service_return_error(GDBusMethodInvocation *invocation, GError *error);

/* Refuses a call with a message of one's own; @invocation is taken. */
void service_refuse(GDBusMethodInvocation *invocation, enum service_error code, const char *format, ...)
    G_GNUC_PRINTF(3, 4);

/**
 * service_error_to_errno:
 *
 * Returns: the negative errno that an engine operation answers for an error of link or datapath.
 */
int service_error_to_errno(const GError *error);

G_END_DECLS
