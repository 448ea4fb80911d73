/**
 * How agents are run: each by a thread of its own, which is ended in bounded time, or step by step
 * by a test.
 */
@NullMarked
package dev.twinlog.internal.engine.threads;

import org.jspecify.annotations.NullMarked;
