package dev.twinlog.internal.engine.sync;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinlog.internal.engine.agent.LinkTime;
import dev.twinlog.spi.RetriableException;
import java.time.Clock;
import java.time.Duration;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

final class StreamsTopicsTest {
  private final InMemoryGroups source = new InMemoryGroups();
  private final Set<String> selected = new TreeSet<>();
  private long nanos;
  private final StreamsTopics topics =
      new StreamsTopics(source, selected::contains, LinkTime.of(Clock.systemUTC(), () -> nanos));

  private void pass(Duration some) {
    nanos += some.toNanos();
  }

  @Test
  void topicsOfAnApplication_thatAreNotSelected_areNamed() {
    source.topics.addAll(Set.of("orders", "app-sums-changelog", "app-by-key-repartition"));
    selected.add("orders");
    assertThat(topics.notes(Set.of("app", "other")))
        .containsExactly(
            "internal topics of the Kafka Streams application app are not selected:"
                + " app-by-key-repartition, app-sums-changelog; in the target it would continue"
                + " without what they hold: select them, too");
  }

  @Test
  void manyTopics_threeAreNamed() {
    for (int i = 1; i <= 5; i++) {
      source.topics.add("app-store-" + i + "-changelog");
    }
    assertThat(topics.notes(Set.of("app")))
        .singleElement()
        .asString()
        .contains(
            ": app-store-1-changelog, app-store-2-changelog, app-store-3-changelog, and 2 more;");
  }

  @Test
  void topicsOfForeignKeyJoins_areInternal() {
    source.topics.add("app-KTABLE-FK-JOIN-SUBSCRIPTION-RESPONSE-0000000014-topic");
    source.topics.add("app-named-subscription-registration-topic");
    assertThat(topics.notes(Set.of("app")))
        .singleElement()
        .asString()
        .contains("RESPONSE-0000000014-topic", "app-named-subscription-registration-topic");
  }

  @Test
  void selectedTopics_otherTopics_andThoseOfOtherGroups_areNotNamed() {
    source.topics.addAll(
        Set.of("app-sums-changelog", "app-input", "changelog", "strange-sums-changelog"));
    selected.add("app-sums-changelog");
    assertThat(topics.notes(Set.of("app", "app-sums-changelog"))).isEmpty();
  }

  @Test
  void anIdThatBeginsWithAnother_hasItsOwnTopics() {
    source.topics.add("app-two-sums-changelog");
    assertThat(topics.notes(Set.of("app", "app-two")))
        .singleElement()
        .asString()
        .contains("application app-two are");
  }

  @Test
  void onceTheyAreSelected_nothingIsSaidAMinuteLater() {
    source.topics.add("app-sums-changelog");
    assertThat(topics.notes(Set.of("app"))).hasSize(1);
    selected.add("app-sums-changelog");
    pass(Duration.ofSeconds(59));
    assertThat(topics.notes(Set.of("app"))).hasSize(1);
    pass(Duration.ofSeconds(1));
    assertThat(topics.notes(Set.of("app"))).isEmpty();
  }

  @Test
  void whileTheSourceDoesNotAnswer_whatWasFoundHolds_andTheNextCycleAsksAgain() {
    source.topics.add("app-sums-changelog");
    assertThat(topics.notes(Set.of("app"))).hasSize(1);
    pass(Duration.ofMinutes(1));
    source.topicFailure = new RetriableException("away");
    assertThat(topics.notes(Set.of("app"))).hasSize(1);
    source.topicFailure = null;
    source.topics.clear();
    assertThat(topics.notes(Set.of("app"))).isEmpty();
  }

  @Test
  void withoutGroups_topicsAreNotAskedFor() {
    source.topicFailure = new RetriableException("not to be asked");
    assertThat(topics.notes(Set.of())).isEmpty();
  }
}
