package dev.twinlog;

import dev.twinlog.kafka.TopicSelector;
import dev.twinlog.spi.TopicMapper;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * How a link is reversed. Immutable; each method returns a changed copy.
 *
 * <p>Defaults: refused if the old primary has records that were never copied, by {@code
 * user@host/pid} of this process.
 */
public final class ReverseOptions {
  private static final ReverseOptions DEFAULTS = new ReverseOptions(new Values());

  private final Values values;

  private ReverseOptions(Values values) {
    this.values = values;
  }

  /** What is set; copied before it is changed. */
  private static final class Values {
    private Optional<String> link = Optional.empty();
    private OnDivergence onDivergence = OnDivergence.REFUSE;
    private Optional<TopicMapper> topicMapper = Optional.empty();
    private Predicate<String> copyAll = topic -> false;
    private boolean acceptUnprovedSeams;
    private boolean dryRun;
    private String actor = FailoverOptions.defaults().actor();
    private Consumer<MoveProgress> onProgress = progress -> {};

    private Values copy() {
      Values copy = new Values();
      copy.link = link;
      copy.onDivergence = onDivergence;
      copy.topicMapper = topicMapper;
      copy.copyAll = copyAll;
      copy.acceptUnprovedSeams = acceptUnprovedSeams;
      copy.dryRun = dryRun;
      copy.actor = actor;
      copy.onProgress = onProgress;
      return copy;
    }
  }

  /** The defaults. */
  public static ReverseOptions defaults() {
    return DEFAULTS;
  }

  private ReverseOptions with(Consumer<Values> change) {
    Values changed = values.copy();
    change.accept(changed);
    return new ReverseOptions(changed);
  }

  /**
   * The name of the reverse link. Default: that of the moved link followed by {@code -back}; of a
   * link that is itself such a reverse, the name of the link that it has reversed.
   */
  public ReverseOptions link(String name) {
    Objects.requireNonNull(name, "name");
    return with(changed -> changed.link = Optional.of(name));
  }

  /** What becomes of records that were never copied. Default {@link OnDivergence#REFUSE}. */
  public ReverseOptions onDivergence(OnDivergence what) {
    Objects.requireNonNull(what, "what");
    return with(changed -> changed.onDivergence = what);
  }

  /**
   * Names the topics of the reverse link, which must be those that the moved link has read. Needed
   * only if its topics have other names in its target which don't just begin with a prefix.
   */
  public ReverseOptions topicMapper(TopicMapper mapper) {
    Objects.requireNonNull(mapper, "mapper");
    return with(changed -> changed.topicMapper = Optional.of(mapper));
  }

  /**
   * Topics of the old primary that the reverse link copies as a whole: for those that were deleted
   * there, or recreated, or whose history shall be that of the other cluster. They must not exist
   * in the old primary, or be empty. Default: none.
   */
  public ReverseOptions copyAll(TopicSelector topics) {
    Objects.requireNonNull(topics, "topics");
    Predicate<String> selected = topics::selects;
    return with(changed -> changed.copyAll = selected);
  }

  /**
   * Reverses partitions too of which it is not certain where the copy has ended, as of a link that
   * copies at least once: some records may then be in one cluster twice or in one of them only, and
   * offsets from before are not translated. Default: refused.
   */
  public ReverseOptions acceptUnprovedSeams() {
    return with(changed -> changed.acceptUnprovedSeams = true);
  }

  /**
   * Reads and checks everything, and changes nothing. {@link Replicator#reversal} does so anyway.
   */
  public ReverseOptions dryRun() {
    return with(changed -> changed.dryRun = true);
  }

  /**
   * Who does it, for the report.
   *
   * @throws IllegalArgumentException if it is blank or longer than 200 characters
   */
  public ReverseOptions actor(String who) {
    String checked = FailoverOptions.defaults().actor(who).actor();
    return with(changed -> changed.actor = checked);
  }

  /** Receives the progress, on the thread that reverses; must not block. Default: none. */
  public ReverseOptions onProgress(Consumer<MoveProgress> listener) {
    Objects.requireNonNull(listener, "listener");
    return with(changed -> changed.onProgress = listener);
  }

  /** See {@link #link(String)}. */
  public Optional<String> link() {
    return values.link;
  }

  /** See {@link #onDivergence(OnDivergence)}. */
  public OnDivergence onDivergence() {
    return values.onDivergence;
  }

  /** See {@link #topicMapper(TopicMapper)}. */
  public Optional<TopicMapper> topicMapper() {
    return values.topicMapper;
  }

  /** Whether a topic of the old primary is copied as a whole, see {@link #copyAll}. */
  public boolean copiesAll(String topic) {
    return values.copyAll.test(topic);
  }

  /** See {@link #acceptUnprovedSeams()}. */
  public boolean acceptsUnprovedSeams() {
    return values.acceptUnprovedSeams;
  }

  /** See {@link #dryRun()}. */
  public boolean isDryRun() {
    return values.dryRun;
  }

  /** See {@link #actor(String)}. */
  public String actor() {
    return values.actor;
  }

  /** See {@link #onProgress(Consumer)}. */
  public Consumer<MoveProgress> onProgress() {
    return values.onProgress;
  }
}
