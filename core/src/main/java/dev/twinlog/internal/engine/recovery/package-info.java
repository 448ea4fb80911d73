/**
 * What the target already has after a crash: how much was lost, where the copy continues, and which
 * records are read again and dropped.
 *
 * <p>{@link dev.twinlog.internal.engine.recovery.Recoveries} are the sink's answers for the routes
 * of a partition, {@link dev.twinlog.internal.engine.recovery.Rewind} is the position before a lost
 * tail, and {@link dev.twinlog.internal.engine.recovery.AlreadyWritten} matches records that are
 * read again with those in the target.
 */
@NullMarked
package dev.twinlog.internal.engine.recovery;

import org.jspecify.annotations.NullMarked;
