/**
 * Programs in JVMs of their own, for tests that need SIGKILL, SIGSTOP or another class path: {@link
 * dev.twinlog.testkit.child.ChildJvm}.
 */
@NullMarked
package dev.twinlog.testkit.child;

import org.jspecify.annotations.NullMarked;
