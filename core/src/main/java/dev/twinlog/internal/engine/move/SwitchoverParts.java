package dev.twinlog.internal.engine.move;

import dev.twinlog.GroupSync;
import dev.twinlog.SwitchoverOptions;
import dev.twinlog.internal.abilities.SinkAbilities;
import dev.twinlog.internal.abilities.SourceAbilities;
import dev.twinlog.internal.engine.agent.LinkTime;
import dev.twinlog.spi.OffsetTranslator;
import dev.twinlog.spi.Progress;
import dev.twinlog.spi.ReadableStore;
import dev.twinlog.spi.Source;
import dev.twinlog.spi.TopicMapper;
import java.util.Optional;
import java.util.function.IntFunction;
import java.util.function.Supplier;

/**
 * What a switchover works with.
 *
 * @param saved reads what is stored of the link, without taking it over; may be called often
 * @param mapping what decides where records go
 * @param copiesWriteAcls whether the link copies ACLs that deny or allow writes to the target
 * @param exactlyOnce whether the link's writes are fenced
 */
public record SwitchoverParts(
    String link,
    Source source,
    SourceAbilities sourceAbilities,
    SinkAbilities sink,
    Supplier<ReadableStore.Saved> saved,
    Mapping mapping,
    OffsetTranslator translator,
    GroupSync groupSync,
    boolean copiesWriteAcls,
    boolean exactlyOnce,
    SwitchoverOptions options,
    LinkTime time) {

  /**
   * What decides where records go, and how they are changed, as the link is described here; the one
   * who runs it may have another description.
   *
   * @param stages the fingerprint of transform and partition mapper, by the number of target
   *     partitions
   */
  public record Mapping(TopicMapper topics, IntFunction<String> stages) {

    /** How a partition was copied in another way; empty if it was copied in this one. */
    Optional<String> differsFrom(Progress progress) {
      String copied = progress.stagesFingerprint();
      String here = stages.apply(progress.routes().size());
      if (!copied.isEmpty() && !copied.equals(here)) {
        return Optional.of("by %s, here it is %s".formatted(copied, here));
      }
      String topic = progress.source().partition().topic();
      String mapped;
      try {
        mapped = topics.targetTopic(topic);
      } catch (RuntimeException e) {
        return Optional.of("the topicMapper fails for %s: %s".formatted(topic, e));
      }
      return progress.routes().stream()
          // what its owner has written since the last save is not known
          .filter(route -> !progress.clean() || route.written() > 0 || route.targetNext() > 0)
          .map(route -> route.route().target().topic())
          .filter(target -> !target.equals(mapped))
          .findFirst()
          .map(target -> "to topic %s, here it is %s".formatted(target, mapped));
    }
  }
}
