/**
 * Duties that keep the target in step with the source in all but its records. They run on an agent
 * of their own, and copying never waits for them.
 *
 * <p>Each first computes what has to change, as a value of {@link dev.twinlog.internal.control},
 * and then changes it.
 */
@NullMarked
package dev.twinlog.internal.engine.sync;

import org.jspecify.annotations.NullMarked;
