/** Texts to begin with: about what messages say by default. */
import type { Language } from '../ports.ts'
import { PARTS, type Parts, type TemplateKind } from './template.ts'

const SUBJECT =
  '【{{ environment.name }}-{{ policy }}】{{ service }}-{{ title | truncate: 60 }}-{{ level }}'

const TEXT: Readonly<Record<Language, string>> = {
  zh: `{% if over %}{{ service }} 已恢复，持续 {{ lasted }}（{{ fired_at }} 至 {{ resolved_at }}）
{% else %}{{ time }} {{ addresses }}
{{ content }}
{% for row in held.rows limit: 5 %}- {{ row.time }} {{ row.title }}
{% endfor %}{% if held.count > 0 %}自 {{ held.since }} 起共 {{ held.count }} 条同类告警
{% endif %}{% endif %}`,
  en: `{% if over %}{{ service }} is well again after {{ lasted }} ({{ fired_at }} to {{ resolved_at }})
{% else %}{{ time }} {{ addresses }}
{{ content }}
{% for row in held.rows limit: 5 %}- {{ row.time }} {{ row.title }}
{% endfor %}{% if held.count > 0 %}{{ held.count }} alarms of this kind since {{ held.since }}
{% endif %}{% endif %}`,
}

const HTML: Readonly<Record<Language, string>> = {
  zh: `<h1>{{ service }} {{ level }}</h1>
<p><b>{{ title }}</b></p>
{% if over %}<p>持续 {{ lasted }}（{{ fired_at }} 至 {{ resolved_at }}）</p>
{% else %}<p>{{ time }} {{ addresses }}</p>
<p>{{ content }}</p>{% endif %}`,
  en: `<h1>{{ service }} {{ level }}</h1>
<p><b>{{ title }}</b></p>
{% if over %}<p>It lasted {{ lasted }} ({{ fired_at }} to {{ resolved_at }})</p>
{% else %}<p>{{ time }} {{ addresses }}</p>
<p>{{ content }}</p>{% endif %}`,
}

const VALUES: Readonly<Record<string, string>> = {
  service: '{{ service | default: environment.name }}',
  title: '{{ title }}',
  level: '{{ level }}',
  time: '{{ time }}',
  environment: '{{ environment.name }}',
  count: '{{ held.count | plus: 1 }}',
}

export function starterOf(kind: TemplateKind, language: Language): Parts {
  const texts: Parts = { subject: SUBJECT, text: TEXT[language], html: HTML[language] }
  const ofKind = kind.startsWith('aliyun') ? VALUES : texts
  return Object.fromEntries(PARTS[kind].map((part) => [part, ofKind[part] ?? '']))
}
