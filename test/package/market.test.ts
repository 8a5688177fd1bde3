/** The entry of the service market, against the keys that the market and K8SFramework know. */
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { parse, parseAllDocuments } from 'yaml'
import { z } from 'zod'
import { withText } from '../../scripts/package/market-context.ts'
import { parseAgentConfig } from '../../src/agent/config.ts'
import { parseTarsConfig } from '../../src/tars/config.ts'

const FOLDER = 'market/agentserver'
const REFRESH = 'run  node scripts/package/market-context.ts'

const read = (name: string) => readFileSync(join(FOLDER, name), 'utf8')

const name = z.string().regex(/^[A-Za-z][0-9A-Za-z]{0,62}$/)
const servant = z.strictObject({
  name,
  port: z.int().min(1).max(65_535),
  isTars: z.literal(true),
  isTcp: z.literal(true),
  thread: z.int().min(1).max(99),
  capacity: z.int().min(1).max(3_000_000),
  connection: z.int().min(1).max(3_000_000),
  timeout: z.int().min(-1).max(6_000_000),
})
const mount = z.strictObject({
  name: z.string().regex(/^([0-9A-Za-z][-0-9A-Za-z]*)?[0-9A-Za-z]$/),
  source: z.strictObject({
    hostPath: z.strictObject({ path: z.string(), type: z.literal('DirectoryOrCreate') }),
  }),
  mountPath: z.string(),
  subPathExpr: z.string(),
})

/** Every key the market documents; none that it does not. */
const CloudYaml = z.strictObject({
  cloud: z.strictObject({
    group: z.string(),
    name: z.string(),
    logo: z.string(),
    version: z.literal('latest'),
    changelist: z.string(),
    lang: z.literal('nodejs'),
    description: z.string().min(20),
    description_cn: z.string().regex(/[一-鿿]{5}/),
    collaborators: z.array(z.string()),
    repository: z.string(),
    readme: z.string(),
    readme_cn: z.string(),
    container: z.literal('tars.nodejsbase'),
    protocols: z.array(z.string()),
    assets: z.array(z.string()),
    independent: z.literal(false),
    open_source: z.boolean(),
    deploy: z.literal('cloud.yaml'),
  }),
  app: z.literal('Alarm'),
  server: z.literal('AgentServer'),
  template: z.literal('tars.nodejs'),
  profile: z.string(),
  servants: z.array(servant),
  replicas: z.int().min(1),
  hostNetwork: z.boolean(),
  hostIPC: z.boolean(),
  hostPorts: z.array(z.never()),
  repo: z.strictObject({ id: z.null(), image: z.string(), secret: z.string() }),
  mounts: z.array(mount),
  config: z.array(z.strictObject({ name: z.string(), content: z.string() })),
})

const cloudYaml = CloudYaml.parse(parse(read('cloud.yaml')))
const { cloud } = cloudYaml
const dockerfile = read('Dockerfile')

describe('cloud.yaml', () => {
  it('has the objects and ports of the guides', () => {
    assert.deepEqual(
      cloudYaml.servants.map((each) => [each.name, each.port]),
      [
        ['AgentObj', 18_801],
        ['StatObj', 18_802],
        ['PropertyObj', 18_803],
        ['NotifyObj', 18_804],
      ],
    )
  })

  it('installs the AgentServer.conf of the project', () => {
    assert.deepEqual(
      cloudYaml.config.map((each) => each.name),
      ['AgentServer.conf'],
    )
    const conf = readFileSync('conf/AgentServer.conf', 'utf8')
    assert.equal(cloudYaml.config[0]?.content, conf, REFRESH)
    assert.equal(parseAgentConfig(conf, 'AgentServer.conf').envKey, '')
  })

  it('starts one process, under any node-agent', () => {
    const profile = parseTarsConfig(cloudYaml.profile, 'profile')
    assert.equal(profile.get('/tars/application/server<instances>'), '1')
  })

  it('names group and image in lower case, as registries want', () => {
    assert.equal(cloudYaml.repo.image, `docker.tarsyun.com/${cloud.group}/${cloud.name}`)
    assert.match(cloudYaml.repo.image, /^[a-z0-9./-]+$/)
  })

  const files = [
    cloud.logo,
    cloud.changelist,
    cloud.readme,
    cloud.readme_cn,
    ...cloud.protocols,
    ...cloud.assets,
  ]
  for (const file of files) {
    it(`what it names is there, and in the image: ${file}`, () => {
      assert.ok(existsSync(join(FOLDER, file)))
      assert.ok(dockerfile.includes(`COPY ${file} /usr/local/cloud/data/${file}\n`))
    })
  }

  it('brings the IDL of the project', () => {
    for (const file of cloud.protocols) {
      assert.equal(read(file), readFileSync(file, 'utf8'), REFRESH)
    }
  })

  it('brings a logo that is a square PNG', () => {
    const png = readFileSync(join(FOLDER, cloud.logo))
    assert.equal(png.toString('latin1', 0, 8), '\x89PNG\r\n\x1a\n')
    assert.deepEqual([png.readUInt32BE(16), png.readUInt32BE(20)], [256, 256])
  })
})

describe('the Dockerfile', () => {
  it('follows the conventions of the market', () => {
    const lines = dockerfile.split('\n')
    assert.ok(lines.includes('ENV ServerType=nodejs'))
    assert.ok(lines.includes('COPY cloud.yaml /usr/local/cloud/cloud.yaml'))
    assert.match(dockerfile, /^COPY --from=package .* \/usr\/local\/server\/bin\/$/m)
    assert.match(dockerfile, /--platform linux\/amd64,linux\/arm64 /)
  })

  it('takes the Node.js that this project runs on', () => {
    const { dependencies } = JSON.parse(readFileSync('package.json', 'utf8'))
    assert.ok(dockerfile.includes(`FROM node:${dependencies.node}-`))
  })
})

describe('the YAML for K8SFramework', () => {
  const documents = parseAllDocuments(read('k8s/agentserver.yaml')).map((each) => each.toJS())
  const [image, server, config] = documents

  it('is a TImage, a TServer and a TConfig of one version', () => {
    assert.deepEqual(
      documents.map(({ apiVersion, kind }) => `${apiVersion} ${kind}`),
      ['TImage', 'TServer', 'TConfig'].map((kind) => `k8s.tars.io/v1beta3 ${kind}`),
    )
    assert.deepEqual(image.releases, [server.spec.release])
  })

  it('deploys what the market deploys', () => {
    const { spec } = server
    assert.deepEqual(
      [spec.app, spec.server, spec.tars.template],
      ['Alarm', 'AgentServer', 'tars.nodejs'],
    )
    assert.deepEqual(spec.tars.servants, cloudYaml.servants)
    assert.equal(spec.tars.profile, cloudYaml.profile)
    assert.equal(spec.k8s.replicas, cloudYaml.replicas)
    assert.deepEqual(spec.k8s.mounts.slice(1), cloudYaml.mounts)
    assert.equal(spec.release.image.split(':')[0], cloudYaml.repo.image)
  })

  it('labels what K8SFramework finds by labels', () => {
    assert.deepEqual(server.metadata.labels, {
      'tars.io/ServerApp': server.spec.app,
      'tars.io/ServerName': server.spec.server,
      'tars.io/SubType': server.spec.subType,
      'tars.io/Template': server.spec.tars.template,
    })
  })

  it('installs the AgentServer.conf of the project', () => {
    assert.deepEqual(
      [config.app, config.server, config.configName],
      ['Alarm', 'AgentServer', 'AgentServer.conf'],
    )
    assert.equal(config.configContent, readFileSync('conf/AgentServer.conf', 'utf8'), REFRESH)
  })
})

describe('the guides', () => {
  for (const language of ['en', 'zh']) {
    const guide = readFileSync(`market/guides/install.${language}.md`, 'utf8')

    it(`${language}: every link leads somewhere`, () => {
      for (const [, target = ''] of guide.matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g)) {
        assert.ok(existsSync(join('market/guides', target)), target)
      }
      const headings = [...guide.matchAll(/^##+ (.+)$/gm)].map(([, text = '']) => anchorOf(text))
      for (const [, anchor = ''] of guide.matchAll(/\]\(#([^)]+)\)/g)) {
        assert.ok(headings.includes(anchor), anchor)
      }
    })

    it(`${language}: quotes what the agent and the package really say`, () => {
      const said = [
        'src/agent/uplink/trouble-teller.ts',
        'scripts/package/node.sh',
        'src/tars/listener.ts',
      ]
        .map((file) => readFileSync(file, 'utf8'))
        .join('\n')
      for (const text of [
        'env_key is missing, nothing is sent to the cloud',
        'the cloud does not know this env_key',
        'the cloud cannot be reached',
        'Alarm.AgentServer cannot start: the Node.js 24',
      ]) {
        assert.ok(guide.includes(text), text)
        assert.ok(said.includes(text), text)
      }
    })
  }
})

/** As GitHub makes it. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} -]/gu, '')
    .replaceAll(' ', '-')
}

describe('the text inside a YAML', () => {
  it('takes the place of what was there, up to the next key', () => {
    const yaml =
      'a: 1\nconfig:\n  - name: x\n    content: |\n      old\n\n      text\n  - name: y\n'
    assert.deepEqual(parse(withText(yaml, 'content', 'new\n\n  text\n')), {
      a: 1,
      config: [{ name: 'x', content: 'new\n\n  text\n' }, { name: 'y' }],
    })
  })

  it('may be the last', () => {
    assert.deepEqual(parse(withText('a: 1\nb: |\n  old\n', 'b', 'new\n')), { a: 1, b: 'new\n' })
  })

  it('must have a place', () => {
    assert.throws(() => withText('a: 1\n', 'b', 'new\n'), /no 'b: \|' in it/)
  })
})
