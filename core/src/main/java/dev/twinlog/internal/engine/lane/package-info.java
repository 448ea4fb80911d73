/**
 * Lanes, which move the batches: a {@link dev.twinlog.internal.engine.lane.ReaderAgent} polls the
 * source, applies the {@link dev.twinlog.internal.engine.lane.Stages stages} and hands batches to
 * the {@link dev.twinlog.internal.engine.lane.WriterAgent} of its {@link
 * dev.twinlog.internal.engine.lane.Lane lane}, which writes them and advances the checkpoint.
 *
 * <p>A {@link dev.twinlog.internal.engine.lane.CopySession} is one attempt to copy a partition. The
 * bytes of a batch may belong to its source: every batch is released once, by {@link
 * dev.twinlog.internal.engine.lane.BatchReturns}, also if its session fails. {@link
 * dev.twinlog.internal.engine.lane.MemoryBudget} bounds what was read and is not acknowledged.
 */
@NullMarked
package dev.twinlog.internal.engine.lane;

import org.jspecify.annotations.NullMarked;
