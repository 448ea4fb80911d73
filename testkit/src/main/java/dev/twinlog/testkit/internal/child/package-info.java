/**
 * The classes that run inside child JVMs; {@code BrokerLogs} runs wherever a broker does. They
 * depend on the JDK only, since a child's class path may have any version of any library. Nothing
 * here is public API.
 */
@NullMarked
package dev.twinlog.testkit.internal.child;

import org.jspecify.annotations.NullMarked;
