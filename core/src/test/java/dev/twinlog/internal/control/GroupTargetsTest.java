package dev.twinlog.internal.control;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinlog.internal.control.GroupTargets.Target;
import dev.twinlog.spi.GroupStore.GroupPosition;
import dev.twinlog.spi.Translation;
import dev.twinlog.spi.Translation.AtLeast;
import dev.twinlog.spi.Translation.Exact;
import dev.twinlog.spi.Translation.Pending;
import dev.twinlog.spi.Translation.Unavailable;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongFunction;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

/** Tests where groups belong, in links of every shape. */
final class GroupTargetsTest {
  private static final TopicPartition SOURCE = new TopicPartition("orders", 0);
  private static final TopicPartition OTHER = new TopicPartition("orders", 1);
  private static final TopicPartition TARGET = new TopicPartition("us.orders", 0);
  private static final TopicPartition SECOND = new TopicPartition("us.orders", 1);

  /** A link of routes. */
  private static final class Routes implements GroupTargets.Translator {
    private final Map<TopicPartition, Map<TopicPartition, LongFunction<Translation>>> routes =
        new LinkedHashMap<>();

    Routes route(TopicPartition source, TopicPartition target, LongFunction<Translation> answers) {
      routes.computeIfAbsent(source, any -> new LinkedHashMap<>()).put(target, answers);
      return this;
    }

    /** Everything before {@code copied} is {@code shift} further on in the target. */
    Routes copied(TopicPartition source, TopicPartition target, long copied, long shift) {
      return route(
          source,
          target,
          offset -> offset > copied ? new Pending(copied) : new Exact(target, offset + shift));
    }

    @Override
    public Map<TopicPartition, Translation> toTargets(TopicPartition source, long offset) {
      Map<TopicPartition, Translation> answers = new HashMap<>();
      routes
          .getOrDefault(source, Map.of())
          .forEach((target, answer) -> answers.put(target, answer.apply(offset)));
      return answers;
    }

    @Override
    public List<TopicPartition> sourcesOf(TopicPartition target) {
      return routes.keySet().stream()
          .filter(source -> routes.get(source).containsKey(target))
          .toList();
    }
  }

  private static GroupTargets targets(Routes routes, Map<TopicPartition, Long> positions) {
    Map<TopicPartition, GroupPosition> source = new HashMap<>();
    positions.forEach(
        (partition, offset) -> source.put(partition, new GroupPosition(offset, "m" + offset)));
    return GroupTargets.of(
        source, partition -> partition.topic().equals("orders"), routes, Map.of());
  }

  private static Target target(
      long offset, String metadata, boolean ahead, boolean exact, TopicPartition... sources) {
    return new Target(offset, metadata, ahead, exact, List.of(sources));
  }

  @Test
  void aCopiedPosition_isTranslated_withItsMetadata() {
    GroupTargets found = targets(new Routes().copied(SOURCE, TARGET, 100, 7), Map.of(SOURCE, 40L));
    assertThat(found.positions()).isEqualTo(Map.of(TARGET, target(47, "m40", false, true, SOURCE)));
    assertThat(found.missing()).isEmpty();
  }

  @Test
  void aPositionAheadOfTheCopy_isTheEndOfTheCopy() {
    GroupTargets found = targets(new Routes().copied(SOURCE, TARGET, 100, 7), Map.of(SOURCE, 140L));
    assertThat(found.positions())
        .isEqualTo(Map.of(TARGET, target(107, "m140", true, true, SOURCE)));
  }

  @Test
  void aPositionThatIsOnlyKnownAtLeast_isNotExact() {
    Routes routes = new Routes().route(SOURCE, TARGET, offset -> new AtLeast(TARGET, 30));
    assertThat(targets(routes, Map.of(SOURCE, 40L)).positions())
        .isEqualTo(Map.of(TARGET, target(30, "m40", false, false, SOURCE)));
  }

  @Test
  void aPositionWithoutATranslation_isMissingWithItsReason_andTheOthersAreNot() {
    Routes routes =
        new Routes()
            .copied(SOURCE, TARGET, 100, 0)
            .route(OTHER, SECOND, offset -> new Unavailable("no map"));
    GroupTargets found = targets(routes, Map.of(SOURCE, 1L, OTHER, 2L));
    assertThat(found.positions()).containsOnlyKeys(TARGET);
    assertThat(found.missing()).isEqualTo(Map.of(OTHER, "no map"));
  }

  @Test
  void aPartitionThatIsNotCopied_orNotOpened_isMissing() {
    TopicPartition foreign = new TopicPartition("local", 0);
    GroupTargets found =
        targets(new Routes().copied(SOURCE, TARGET, 9, 0), Map.of(foreign, 1L, OTHER, 1L));
    assertThat(found.positions()).isEmpty();
    assertThat(found.missing())
        .isEqualTo(Map.of(foreign, "the link does not copy it", OTHER, "it was not opened yet"));
  }

  @Test
  void severalSourcesOfOneTarget_giveTheLeastPosition() {
    Routes routes = new Routes().copied(SOURCE, TARGET, 100, 50).copied(OTHER, TARGET, 100, 0);
    assertThat(targets(routes, Map.of(SOURCE, 10L, OTHER, 20L)).positions())
        .isEqualTo(Map.of(TARGET, target(20, "", false, false, SOURCE, OTHER)));
    assertThat(targets(routes, Map.of(SOURCE, 10L, OTHER, 60L)).positions())
        .as("both at the same place, which reads nothing twice")
        .isEqualTo(Map.of(TARGET, target(60, "", false, true, SOURCE, OTHER)));
  }

  @Test
  void severalSourcesOfOneTarget_needAPositionInEach() {
    Routes routes = new Routes().copied(SOURCE, TARGET, 100, 0).copied(OTHER, TARGET, 100, 0);
    GroupTargets found = targets(routes, Map.of(SOURCE, 10L));
    assertThat(found.positions()).isEmpty();
    assertThat(found.missing().get(SOURCE))
        .isEqualTo("us.orders-0 is also written from orders-1, where the group has no position");
  }

  @Test
  void oneSourceOfSeveralTargets_hasAPositionInEach() {
    Routes routes = new Routes().copied(SOURCE, TARGET, 100, 0).copied(SOURCE, SECOND, 100, 5);
    assertThat(targets(routes, Map.of(SOURCE, 10L)).positions())
        .isEqualTo(
            Map.of(
                TARGET, target(10, "m10", false, true, SOURCE),
                SECOND, target(15, "m10", false, true, SOURCE)));
  }
}
