package dev.twinlog.testkit.link;

import dev.twinlog.testkit.internal.kafka.LoopbackPort;
import java.nio.file.Path;
import org.apache.kerby.kerberos.kerb.KrbException;
import org.apache.kerby.kerberos.kerb.server.SimpleKdcServer;

/**
 * A Kerberos realm with its KDC in this JVM, on the loopback interface. Changes the JVM's Kerberos
 * configuration until it is closed.
 */
final class KerberosRealm implements AutoCloseable {
  private static final String CONFIG = "java.security.krb5.conf";
  private static final String MODULE = "com.sun.security.auth.module.Krb5LoginModule";

  private final LoopbackPort port = LoopbackPort.reserve();
  private final SimpleKdcServer kdc;
  private final Path brokerKeys;
  private final Path linkKeys;

  KerberosRealm(Path directory) throws KrbException {
    kdc = new SimpleKdcServer();
    kdc.setWorkDir(directory.toFile());
    kdc.setKdcRealm("TWINLOG.TEST");
    kdc.setKdcHost("127.0.0.1");
    kdc.setKdcTcpPort(port.number());
    kdc.setAllowUdp(false);
    kdc.init();
    port.unbind();
    kdc.start();
    System.setProperty(CONFIG, directory.resolve("krb5.conf").toString());
    brokerKeys = directory.resolve("broker.keytab");
    linkKeys = directory.resolve("link.keytab");
    kdc.createPrincipal("kafka/localhost");
    kdc.createPrincipal("link");
    kdc.exportPrincipal("kafka/localhost", brokerKeys.toFile());
    kdc.exportPrincipal("link", linkKeys.toFile());
  }

  String brokerJaas() {
    return jaas(brokerKeys, "kafka/localhost");
  }

  String clientJaas() {
    return jaas(linkKeys, "link");
  }

  private static String jaas(Path keytab, String principal) {
    return "%s required useKeyTab=true storeKey=true refreshKrb5Config=true keyTab=\"%s\" principal=\"%s@TWINLOG.TEST\";"
        .formatted(MODULE, keytab, principal);
  }

  @Override
  public void close() throws KrbException {
    System.clearProperty(CONFIG);
    try (port) {
      kdc.stop();
    }
  }
}
