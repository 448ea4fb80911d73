package dev.twinlog.metrics.internal.page;

import java.net.InetAddress;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * Checks the {@code Host} of a request: a web site whose name is made to lead to this machine (DNS
 * rebinding) could else have a browser read the page. Checked where the page is on loopback, or
 * where names are given. Immutable.
 */
public final class HostCheck {
  private static final Pattern LOOPBACK =
      Pattern.compile("localhost|.*\\.localhost|127(\\.\\d{1,3}){3}|\\[::1]");
  private static final Pattern PORT = Pattern.compile(":\\d*$");

  private final boolean checking;
  private final Set<String> names = new TreeSet<>();

  public HostCheck(InetAddress bound, List<String> names) {
    this.checking = bound.isLoopbackAddress() || !names.isEmpty();
    names.forEach(name -> this.names.add(name.toLowerCase(Locale.ROOT)));
  }

  /** Whether the values of the request's header are one name that is known. */
  public boolean accepts(List<String> hosts) {
    if (!checking) {
      return true;
    }
    if (hosts.size() != 1) {
      return false;
    }
    String host = PORT.matcher(hosts.get(0).toLowerCase(Locale.ROOT)).replaceFirst("");
    return LOOPBACK.matcher(host).matches() || names.contains(host);
  }
}
