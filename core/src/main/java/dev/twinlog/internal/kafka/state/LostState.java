package dev.twinlog.internal.kafka.state;

import dev.twinlog.internal.control.CopyAgain;
import dev.twinlog.internal.kafka.cluster.AdminResults;
import dev.twinlog.internal.kafka.cluster.LazyAdmin;
import dev.twinlog.spi.LinkFailedException;
import java.util.Collection;
import java.util.Optional;
import org.apache.kafka.clients.admin.TransactionListing;

/**
 * Distinguishes a new state topic from one whose contents were lost.
 *
 * <p>A route's transactional id is used only after its link's owner has committed its record to the
 * state topic. So an empty state topic of a link that has used such an id has lost its contents,
 * even if the owner crashed before it wrote anything else under the id. Not detected: losses of a
 * link that copies without transactional ids (at-least-once), or whose ids have expired, which
 * happens seven days after the last use ({@code transactional.id.expiration.ms}).
 *
 * <p>Stateless.
 */
final class LostState {
  private LostState() {}

  /**
   * Checks whether the link has copied before, for a link whose state topic is empty.
   *
   * @throws LinkFailedException if it has
   */
  static void refuse(LazyAdmin admin, String link, String stateTopic) {
    String prefix = "twinlog." + link + ".";
    Optional<String> used =
        transactions(admin).stream()
            .map(TransactionListing::transactionalId)
            .filter(id -> id.startsWith(prefix) && !id.equals(prefix + "owner"))
            .min(String::compareTo);
    if (used.isPresent()) {
      throw new LinkFailedException(
          ("the state of link %s is lost: topic %s on %s is empty, but the link has copied there before"
                  + " (transactional id %s is known), and would copy all of it twice. Rebuild its state from"
                  + " the two logs with KafkaLinks.rebuild; or, %s")
              .formatted(link, stateTopic, admin.errors().alias(), used.get(), CopyAgain.ADVICE));
    }
  }

  private static Collection<TransactionListing> transactions(LazyAdmin admin) {
    try {
      return AdminResults.get(admin.get().listTransactions().all());
    } catch (RuntimeException e) {
      throw admin.errors().link("list the transactions of its brokers", e);
    }
  }
}
