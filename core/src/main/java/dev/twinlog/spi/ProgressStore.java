package dev.twinlog.spi;

import java.util.Collection;
import java.util.Map;
import java.util.concurrent.CompletionStage;

/**
 * Keeps a link's progress over restarts, and with it the ownership of the link.
 *
 * <p><b>Threading.</b> Called on the link's control thread; stages may complete on any thread.
 *
 * <p><b>Errors.</b> {@link FencedException} if another instance took the link over; {@link
 * RetriableException} if the store can't be reached now; both thrown by {@link #load} and through
 * the stage of {@link #save}.
 *
 * <p><b>Lifecycle.</b> {@code load} once, then saves, one at a time, then {@code close}.
 *
 * <p><b>Blocking.</b> {@code load} may block for seconds; {@code save} must not.
 */
public interface ProgressStore extends AutoCloseable {

  /**
   * Takes the link over and reads everything that its former owner saved: from here on the former
   * owner's saves fail with {@link FencedException}.
   */
  Map<SourcePartition, Progress> load();

  /**
   * Saves what changed, all of it or nothing. An empty collection proves the ownership: its stage
   * fails with {@link FencedException} if the link was taken over.
   */
  CompletionStage<Void> save(Collection<Progress> changed);

  /** Closes the store, within seconds; saved data stays. */
  @Override
  void close();
}
