package dev.twinlog.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twinlog.spi.ConfigurationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class TopicSelectorTest {
  @Test
  void aPatternMatchesTheWholeName() {
    TopicSelector selector = TopicSelector.matching("orders.*", "[ab]").excluding("orders_tmp.*");
    assertThat(selector.selects("orders")).isTrue();
    assertThat(selector.selects("orders.eu")).isTrue();
    assertThat(selector.selects("a")).isTrue();
    assertThat(selector.selects("ab")).isFalse();
    assertThat(selector.selects("my-orders")).isFalse();
    assertThat(selector.selects("orders_tmp_1")).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "__consumer_offsets",
        "__anything",
        "twinlog.us-to-eu.state",
        "twinlog.a_B-9.state",
        "twinlog.a_B-9.registry",
        "twinlog.a_B-9.positions"
      })
  void internalTopics_areNeverSelected(String topic) {
    assertThat(TopicSelector.matching(".*").selects(topic)).isFalse();
    assertThat(TopicSelector.named(topic).selects(topic)).isFalse();
  }

  @Test
  void topicsThatOnlyLookLikeStateTopics_areSelected() {
    assertThat(TopicSelector.matching(".*").selects("twinlog.a.b.state")).isTrue();
    assertThat(TopicSelector.matching(".*").selects("_one")).isTrue();
  }

  @Test
  void excluding_leavesTheOriginalAsItIs() {
    TopicSelector all = TopicSelector.named("a", "b");
    TopicSelector some = all.excluding("a");
    assertThat(all.selects("a")).isTrue();
    assertThat(some.selects("a")).isFalse();
    assertThat(some.names()).hasValueSatisfying(names -> assertThat(names).containsExactly("b"));
    assertThat(some).hasToString("named [a, b] excluding [a]");
  }

  @Test
  void everyInvalidPattern_isReported() {
    assertThatThrownBy(() -> TopicSelector.matching("(", "ok", "[z"))
        .isInstanceOfSatisfying(
            ConfigurationException.class,
            e ->
                assertThat(e.problems())
                    .hasSize(2)
                    .first()
                    .asString()
                    .startsWith("the included pattern \"(\" is not a regular expression"));
    assertThatThrownBy(TopicSelector::matching).isInstanceOf(ConfigurationException.class);
    assertThatThrownBy(() -> TopicSelector.named("orders.*"))
        .hasMessageContaining("for a regular expression use matching()");
    assertThatThrownBy(() -> TopicSelector.named("..")).isInstanceOf(ConfigurationException.class);
  }
}
