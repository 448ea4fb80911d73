/**
 * The engine: what makes batches session from a source to a sink, in order, in bounded memory, with
 * every partition on its own.
 *
 * <p>Three kinds of {@link dev.twinlog.internal.engine.Agent agents} share the work; each does a
 * {@code step()} at a time, on a thread of its own in production and by hand in tests:
 *
 * <ul>
 *   <li>{@link dev.twinlog.internal.engine.ReaderAgent} polls the source, puts batches through the
 *       {@link dev.twinlog.internal.engine.Stages stages} and hands them to the writer of its
 *       {@link dev.twinlog.internal.engine.Lane lane};
 *   <li>{@link dev.twinlog.internal.engine.WriterAgent} writes them, and folds acknowledgements
 *       into the cut that is saved as progress;
 *   <li>{@link dev.twinlog.internal.engine.ControlAgent} does everything that may block:
 *       connecting, closing, and in between a {@link dev.twinlog.internal.engine.RunningLink} of
 *       discovery, opening, saving progress and retrying.
 * </ul>
 *
 * <p>The life of a partition is a sequence of {@link dev.twinlog.internal.engine.CopySession
 * sessions}. Whatever goes wrong ends a session; a new one begins at the last cut. There is no
 * other way to recover.
 *
 * <p>The bytes of a batch may be lent by its source: every batch ends in {@link
 * dev.twinlog.internal.engine.BatchReturns}, once, whatever becomes of its session.
 */
@NullMarked
package dev.twinlog.internal.engine;

import org.jspecify.annotations.NullMarked;
