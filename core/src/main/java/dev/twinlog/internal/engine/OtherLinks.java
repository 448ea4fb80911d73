package dev.twinlog.internal.engine;

import dev.twinlog.internal.control.ClaimCheck;
import dev.twinlog.internal.control.LoopCheck;
import dev.twinlog.internal.engine.shared.Link;
import dev.twinlog.internal.options.LinkOptions;
import dev.twinlog.internal.options.LinkSettings;
import dev.twinlog.spi.LinkedCluster;
import dev.twinlog.spi.TopicOrigin;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Checks whether other links conflict with this one: records would be copied in a loop, or twice to
 * the same topic. May block: used by {@link LinkConnector} only.
 */
final class OtherLinks {
  /** Repeated checks take at most this fraction of the time. */
  private static final int SELDOM = 20;

  private final Link link;
  private final Optional<LoopCheck> loops;
  private final @Nullable ClaimCheck claims;
  private long againAt = Long.MIN_VALUE;

  /**
   * The result of a check.
   *
   * @param refused the reason for every source topic that must not be copied
   * @param origins the origins of the records of source topics
   */
  record Findings(Map<String, String> refused, Map<String, List<TopicOrigin>> origins) {
    Findings {
      refused = Map.copyOf(refused);
    }
  }

  OtherLinks(Link link) {
    this.link = link;
    LinkSettings settings = link.settings();
    Optional<LinkedCluster> from = settings.sourceAbilities().cluster();
    Optional<LinkedCluster> to = settings.sinkAbilities().cluster();
    if (from.isPresent() && to.isPresent()) {
      loops = Optional.of(new LoopCheck(link.name(), from.get(), to.get()));
      claims =
          settings.get(LinkOptions.TOPIC_SYNC).shares()
              ? null
              : new ClaimCheck(link.name(), from.get(), to.get());
    } else {
      loops = Optional.empty();
      claims = null;
    }
  }

  /** Checks these topics of the link, with their target topics. */
  Findings check(Map<String, String> topics) {
    long before = link.time().nanoTime();
    LoopCheck.Findings found =
        loops.map(check -> check.find(topics)).orElse(LoopCheck.Findings.NOTHING);
    Map<String, String> refused = new LinkedHashMap<>();
    if (claims != null) {
      refused.putAll(claims.claimed(topics));
    }
    refused.putAll(found.loops());
    long now = link.time().nanoTime();
    againAt = now + SELDOM * (now - before);
    return new Findings(refused, found.origins());
  }

  /** These topics are now registered as topics of this link. */
  void registered(Map<String, String> topics) {
    if (claims != null) {
      claims.accepted(topics);
    }
  }

  /** Whether to check again although this link's topics are unchanged: other links may change. */
  boolean isDue() {
    return loops.isPresent() && link.time().nanoTime() >= againAt;
  }
}
