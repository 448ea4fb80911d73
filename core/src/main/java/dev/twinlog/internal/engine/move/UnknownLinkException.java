package dev.twinlog.internal.engine.move;

import dev.twinlog.spi.LinkDescription;
import dev.twinlog.spi.LinkFailedException;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** No link of that name writes into a cluster; the message names those that do. */
public final class UnknownLinkException extends LinkFailedException {
  private static final long serialVersionUID = 1L;

  /**
   * Creates it.
   *
   * @param target the alias of the cluster
   * @param links those that write into it
   */
  public UnknownLinkException(
      String link, String target, Collection<LinkDescription> links, @Nullable Throwable cause) {
    super(text(link, target, links), cause);
  }

  private static String text(String link, String target, Collection<LinkDescription> links) {
    List<String> names = links.stream().map(LinkDescription::link).sorted().toList();
    return "no link %s writes into %s; %s. Is that the target of the link?"
        .formatted(
            link,
            target,
            names.isEmpty() ? "there is none at all" : "these do: " + String.join(", ", names));
  }
}
