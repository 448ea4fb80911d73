package dev.twinlog.internal.link;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinlog.internal.options.LinkOptions;
import dev.twinlog.internal.options.Option;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Tests which options the reverse of a link keeps. */
final class LinkReversalTest {
  /** What the reverse link gets by itself, or its user has to choose again. */
  private static final List<Option<?>> NOT_KEPT =
      List.of(
          LinkOptions.LINK,
          LinkOptions.SOURCE,
          LinkOptions.SINK,
          LinkOptions.START_FROM,
          LinkOptions.TOPIC_MAPPER,
          LinkOptions.PARTITION_MAPPER,
          LinkOptions.TRANSFORM,
          LinkOptions.OFFSET_TRANSLATOR,
          LinkOptions.TOPIC_SYNC,
          LinkOptions.MIRROR_MAKER_TOPICS,
          LinkOptions.DEAD_LETTERS,
          LinkOptions.VERIFYING,
          LinkOptions.DELIVERY_GUARANTEE,
          LinkOptions.PROGRESS_STORE,
          LinkOptions.METRICS,
          LinkOptions.ON_EVENT,
          LinkOptions.ENABLED);

  @Test
  void everyOption_isKeptByTheReverseLink_orIsNotForAReason() {
    List<Option<?>> known = new ArrayList<>(LinkReversal.KEPT);
    known.addAll(NOT_KEPT);

    assertThat(known)
        .as("decide whether a new option fits the other direction, and list it")
        .containsExactlyInAnyOrderElementsOf(LinkOptions.ALL);
  }
}
