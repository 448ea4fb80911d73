package dev.twinlog.spi;

/**
 * The ability of a source to replace its selection of topics while a link reads it, for {@link
 * dev.twinlog.Replicator#topics}.
 *
 * <p><b>Threading.</b> {@link #select} and {@link #selects}: any thread, also while {@link
 * Source#partitions()} runs, whose answer is by the selection of when it was called. All else as
 * {@link TopicSelection}. <b>Errors.</b> As {@link #select} says. <b>Lifecycle.</b> A selection
 * holds until the next one, for as long as the object is used. <b>Blocking.</b> Never.
 */
public interface ChangeableSelection extends TopicSelection {

  /**
   * Replaces the selection: {@link #selects} answers by it at once, and so do the calls of {@link
   * Source#partitions()} that begin after this has returned.
   *
   * @throws IllegalArgumentException if this source can't follow a selection of that kind; then it
   *     keeps the one that it has
   */
  void select(SelectedTopics topics);

  /** Whether a topic of this name is selected now; it need not exist. */
  @Override
  boolean selects(String topic);
}
