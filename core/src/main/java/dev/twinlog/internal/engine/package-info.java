/**
 * The engine: copies batches from a source to a sink, in order and in bounded memory, with each
 * partition independent of the others.
 *
 * <p>Three kinds of {@link dev.twinlog.internal.engine.Agent agents} share the work; each works in
 * calls of {@code step()}, by a thread of its own in production and by the test in tests:
 *
 * <ul>
 *   <li>{@link dev.twinlog.internal.engine.ReaderAgent} polls the source, applies the {@link
 *       dev.twinlog.internal.engine.Stages stages} to batches and hands them to the writer of its
 *       {@link dev.twinlog.internal.engine.Lane lane};
 *   <li>{@link dev.twinlog.internal.engine.WriterAgent} writes them, and advances the checkpoint
 *       that is saved as progress;
 *   <li>{@link dev.twinlog.internal.engine.ControlAgent} makes all blocking calls: it connects and
 *       closes the link, and in between a {@link dev.twinlog.internal.engine.RunningLink} discovers
 *       and opens partitions, saves progress and retries.
 * </ul>
 *
 * <p>The life of a partition is a sequence of {@link dev.twinlog.internal.engine.CopySession
 * sessions}. Every failure ends a session; the next one begins at the last checkpoint. There is no
 * other way to recover.
 *
 * <p>The bytes of a batch may belong to its source: every batch is released once, by {@link
 * dev.twinlog.internal.engine.BatchReturns}, also if its session fails.
 */
@NullMarked
package dev.twinlog.internal.engine;

import org.jspecify.annotations.NullMarked;
