/**
 * The classes that run inside child JVMs. These classes use nothing but the JDK, since a child's
 * class path may hold any version of anything. Nothing here is public API.
 */
@NullMarked
package dev.twinlog.testkit.internal.child;

import org.jspecify.annotations.NullMarked;
