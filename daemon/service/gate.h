/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The one door that all calls go through: methods, and Set() of properties. What a call needs is said where the method
 * is described, in the introspection, by the annotation GATE_ANNOTATION: "free", or the action that authority.h asks for.
 * A method that says nothing takes the strictest action, a
 * property that of options.
 *
 * Calls that change something wait here until it is known that their caller may make them. Those of one caller are
 * decided and carried out in the order they came, so that "make a bond, add a port" holds, and nobody is asked for two
 * passwords at once. Calls that are free are answered at once.
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define GATE_ANNOTATION "org.example.Bond.Access"
#define GATE_FREE	"free"

struct gate;

struct gate *gate_new(GDBusConnection *connection);

/* Callers that wait are told that the service ends. */
void gate_free(struct gate *gate);

/**
 * gate_set_property_func:
 * @name: a property that the introspection has as writable
 * @value: of its type
 *
 * Sets a property after the caller was let in.
 *
 * Returns: FALSE with an error if the value was refused.
 */
typedef gboolean (*gate_set_property_func)(GDBusInterfaceSkeleton *interface, const char *name, GVariant *value,
					   GError **error);

/**
 * gate_class_init:
 * @class: a final class below the skeleton that gdbus-codegen made
 *
 * From the class's class_init: puts the door before all its methods. An interface that gate_guard() has not seen is shut.
 */
void gate_class_init(GDBusInterfaceSkeletonClass *class);

/**
 * gate_guard:
 * @set_property: (nullable): for the writable properties
 *
 * Before the interface is exported.
 */
void gate_guard(struct gate *gate, GDBusInterfaceSkeleton *interface, gate_set_property_func set_property);

/**
 * gate_action:
 * @annotations: (nullable): of a method or a property
 * @unsaid: the action if they do not say one
 *
 * Returns: (nullable): the action that it needs, NULL if it is free.
 */
const char *gate_action(GDBusAnnotationInfo **annotations, const char *unsaid);

/**
 * gate_details:
 * @invocation: a call
 *
 * Returns: (transfer floating): a{ss}, what polkit's rules may want to know: "bond", "port", "interface", "option".
 */
GVariant *gate_details(GDBusMethodInvocation *invocation);

G_END_DECLS
